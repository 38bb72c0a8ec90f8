with

invitations as (
    select * from {{ ref('fct_survey_invitation') }}
),

by_channel as (
    select
        month_no,
        measurement_level,
        channel,
        count(*) as delivered_n,
        count(*) filter (where is_answered) as answered_n
    from invitations
    where is_delivered
    group by month_no, measurement_level, channel
),

-- Numerator and denominator by level; a count of people or of encounters either way.
counted as (
    select
        'survey_response_rate' as metric_id,
        month_no,
        measurement_level,
        sum(answered_n) as numerator,
        sum(delivered_n) as denominator
    from by_channel
    group by month_no, measurement_level
    union all
    select
        'survey_channel_dependency' as metric_id,
        month_no,
        measurement_level,
        max(delivered_n) as numerator,
        sum(delivered_n) as denominator
    from by_channel
    group by month_no, measurement_level
    union all
    select
        'moment_of_truth_coverage' as metric_id,
        month_no,
        'moment_of_truth' as measurement_level,
        count(*) filter (where is_covered) as numerator,
        count(*) as denominator
    from {{ ref('fct_encounter') }}
    where is_moment_of_truth
    group by month_no
    union all
    select
        'closed_loop_rate' as metric_id,
        month_no,
        measurement_level,
        count(*) filter (where is_in_time) as numerator,
        count(*) as denominator
    from {{ ref('fct_survey_followup') }}
    where is_mature
    group by month_no, measurement_level
    union all
    select
        'promoter_advocacy_rate' as metric_id,
        month_no,
        measurement_level,
        count(*) filter (where is_advocate) as numerator,
        count(*) as denominator
    from {{ ref('fct_promoter_advocacy') }}
    where is_mature
    group by month_no, measurement_level
),

final as (
    select
        metric_id,
        month_no,
        measurement_level,
        cast(numerator as decimal(38, 9)) as numerator,
        cast(denominator as decimal(38, 9)) as denominator,
        cast(denominator as bigint) as n,
        cast(
            case
                when metric_id <> 'survey_channel_dependency'
                    then {{ wilson('numerator', 'denominator', -1) }}
            end as decimal(38, 9)
        ) as ci_low,
        cast(
            case
                when metric_id <> 'survey_channel_dependency'
                    then {{ wilson('numerator', 'denominator', 1) }}
            end as decimal(38, 9)
        ) as ci_high
    from counted
)

select * from final
