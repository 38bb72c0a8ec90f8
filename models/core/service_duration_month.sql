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

rolled as (
    select
        metric_id,
        month_no,
        {{ service_dimension() }},
        count(*) as n,
        cast(sum(calendar_s) as decimal(38, 9)) as sum_calendar,
        cast(sum(business_s) as decimal(38, 9)) as sum_business,
        {{ quantiles('calendar_s', [0.5, 0.9]) }} as quantiles_calendar,
        {{ quantiles('business_s', [0.5, 0.9]) }} as quantiles_business
    from named
    {{ by_service_dimension('metric_id, month_no') }}
),

final as (
    select
        metric_id,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        n,
        sum_calendar,
        sum_business,
        cast({{ item_at('quantiles_calendar', 1) }} as decimal(38, 9)) as median_calendar,
        cast({{ item_at('quantiles_business', 1) }} as decimal(38, 9)) as median_business,
        cast({{ item_at('quantiles_calendar', 2) }} as decimal(38, 9)) as p90_calendar,
        cast({{ item_at('quantiles_business', 2) }} as decimal(38, 9)) as p90_business
    from rolled
)

select * from final
