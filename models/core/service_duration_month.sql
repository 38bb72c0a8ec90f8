with

durations as (
    select * from {{ ref('service_duration') }}
),

teams as (
    select * from {{ ref('dim_team_month') }}
),

named as (
    select
        durations.metric_id,
        durations.month_no,
        {{ named_dimensions('durations') }},
        durations.calendar_s,
        durations.business_s
    from durations
    left join teams on durations.team = teams.team and durations.month_no = teams.month_no
),

final as (
    select
        metric_id,
        month_no,
        {{ service_dimension() }},
        count(*) as n,
        cast(sum(calendar_s) as decimal(38, 9)) as sum_calendar,
        cast(sum(business_s) as decimal(38, 9)) as sum_business,
        cast({{ quantile('calendar_s', 0.5) }} as decimal(38, 9)) as median_calendar,
        cast({{ quantile('business_s', 0.5) }} as decimal(38, 9)) as median_business,
        cast({{ quantile('calendar_s', 0.9) }} as decimal(38, 9)) as p90_calendar,
        cast({{ quantile('business_s', 0.9) }} as decimal(38, 9)) as p90_business
    from named
    {{ by_service_dimension('metric_id, month_no') }}
)

select * from final
