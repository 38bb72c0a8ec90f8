with

shares as (
    select * from {{ ref('voice_score_measure') }}
    union all
    select * from {{ ref('voice_survey_measure') }}
),

followups as (
    select
        month_no,
        measurement_level,
        count(*) as n,
        cast(sum(followup_s) as decimal(38, 9)) / 3600 as hours,
        avg(followup_s) / 3600 as mean_hours,
        {{ quantile('followup_s', 0.5) }} / 3600 as median_hours,
        {{ quantile('followup_s', 0.9) }} / 3600 as p90_hours
    from {{ ref('fct_survey_followup') }}
    where followup_s is not null
    group by month_no, measurement_level
),

statistics as (
    select names.statistic
    from (values ('mean'), ('median'), ('p90')) as names (statistic)
),

figures as (
    select
        metric_id,
        'value' as statistic,
        month_no,
        'measurement_level' as dim_name,
        measurement_level as dim_value,
        numerator,
        denominator,
        case
            when metric_id in ('promoter_count', 'detractor_count') then numerator
            else numerator / nullif(denominator, 0)
        end as value,
        n,
        ci_low,
        ci_high
    from shares
    union all
    select
        'followup_hours' as metric_id,
        statistics.statistic,
        followups.month_no,
        'measurement_level' as dim_name,
        followups.measurement_level as dim_value,
        case when statistics.statistic = 'mean' then followups.hours end as numerator,
        case when statistics.statistic = 'mean' then followups.n end as denominator,
        case statistics.statistic
            when 'mean' then followups.mean_hours
            when 'median' then followups.median_hours
            else followups.p90_hours
        end as value,
        followups.n,
        null as ci_low,
        null as ci_high
    from followups
    cross join statistics
    union all
    -- Platforms are never averaged together, so each is a series of its own.
    select
        'public_review_score' as metric_id,
        'value' as statistic,
        {{ month_index('published_on') }} as month_no,
        'platform' as dim_name,
        platform as dim_value,
        sum((score - scale_min) / (scale_max - scale_min)) as numerator,
        count(*) as denominator,
        avg((score - scale_min) / (scale_max - scale_min)) as value,
        count(*) as n,
        null as ci_low,
        null as ci_high
    from {{ ref('reviews_public') }}
    where
        scale_max > scale_min
        and score between scale_min and scale_max
        and {{ local_midnight('published_on') }} <= {{ as_of() }}
    group by {{ month_index('published_on') }}, platform
    union all
    -- Employees: teams and the company, never a person.
    select
        'enps' as metric_id,
        'value' as statistic,
        month_no,
        case when cut = 'unit' then 'team' else 'measurement_level' end as dim_name,
        case when cut = 'unit' then unit else measurement_level end as dim_value,
        100 * sum(good_n - bad_n) as numerator,
        sum(n) as denominator,
        100 * sum(good_n - bad_n) / sum(n) as value,
        cast(sum(n) as bigint) as n,
        {{ nps_interval('sum(good_n)', 'sum(bad_n)', 'sum(n)', -1) }} as ci_low,
        {{ nps_interval('sum(good_n)', 'sum(bad_n)', 'sum(n)', 1) }} as ci_high
    from {{ ref('cx_cell') }}
    where instrument = 'enps' and cut in ('unit', 'total')
    group by month_no, cut, case when cut = 'unit' then unit else measurement_level end
),

final as (
    select
        metric_id,
        statistic,
        month_no,
        dim_name,
        dim_value,
        cast(numerator as decimal(38, 9)) as numerator,
        cast(denominator as decimal(38, 9)) as denominator,
        cast(value as decimal(38, 9)) as value,
        n,
        cast(ci_low as decimal(38, 9)) as ci_low,
        cast(ci_high as decimal(38, 9)) as ci_high
    from figures
)

select * from final
