with

events as (
    select
        'invitation' as kind,
        month_no,
        measurement_level,
        {{ unknown_if_null('touchpoint') }} as touchpoint,
        channel,
        is_answered as is_met,
        cast(null as bigint) as followup_s
    from {{ ref('fct_survey_invitation') }}
    where is_delivered
    union all
    select
        'encounter' as kind,
        month_no,
        'moment_of_truth' as measurement_level,
        touchpoint,
        'unknown' as channel,
        is_covered as is_met,
        null as followup_s
    from {{ ref('fct_encounter') }}
    where is_moment_of_truth
    union all
    select
        'detractor' as kind,
        month_no,
        measurement_level,
        {{ unknown_if_null('touchpoint') }} as touchpoint,
        {{ unknown_if_null('channel') }} as channel,
        is_in_time as is_met,
        followup_s
    from {{ ref('fct_survey_followup') }}
    where is_mature
),

-- An encounter happens in no survey channel.
final as (
    select
        kind,
        month_no,
        measurement_level,
        case
            when grouping(touchpoint) + grouping(channel) = 0 then 'combination'
            when grouping(touchpoint) = 0 then 'touchpoint'
            when grouping(channel) = 0 then 'channel'
            else 'total'
        end as cut,
        case when grouping(touchpoint) = 0 then touchpoint else 'all' end as touchpoint,
        case when grouping(channel) = 0 then channel else 'all' end as channel,
        count(*) as n,
        count(*) filter (where is_met) as met_n,
        count(followup_s) as followed_up_n,
        avg(followup_s) / 3600 as followup_hours_mean,
        {{ quantile('followup_s', 0.5) }} / 3600 as followup_hours_median,
        {{ quantile('followup_s', 0.9) }} / 3600 as followup_hours_p90
    from events
    group by
        grouping sets (
            (kind, month_no, measurement_level),
            (kind, month_no, measurement_level, touchpoint),
            (kind, month_no, measurement_level, channel),
            (kind, month_no, measurement_level, touchpoint, channel)
        )
    having kind <> 'encounter' or grouping(channel) = 1
)

select * from final
