with

measures as (
    select
        metric_id,
        'value' as statistic,
        month_no,
        dim_name,
        dim_value,
        numerator,
        denominator,
        case
            when denominator is null then numerator
            else numerator / nullif(denominator, 0)
        end as value,
        coalesce(denominator, numerator) as n
    from {{ ref('service_measure_month') }}
    union all
    select
        metric_id,
        statistic,
        month_no,
        dim_name,
        dim_value,
        numerator,
        denominator,
        value,
        n
    from {{ ref('service_duration_statistic') }}
),

-- A cell with a window waits until the window of its last ticket has passed (R9).
matured as (
    select
        *,
        {{ add_seconds(
            local_midnight(month_start('month_no + 1')),
            "case metric_id when 'fcr' then " ~ var('fcr_window_days') ~ " * 86400"
            ~ " when 'reopen_rate' then " ~ var('reopen_window_days') ~ " * 86400 else 0 end"
        ) }} <= {{ as_of() }} as is_mature
    from measures
),

closed_months as (
    select
        metric_id,
        statistic,
        {{ month_start('month_no') }} as period_start,
        dim_name,
        dim_value,
        case when is_mature then numerator end as numerator,
        case when is_mature then denominator end as denominator,
        case when is_mature then value end as value,
        case when is_mature then n end as n,
        case
            when not is_mature then 'immature'
            when value is null then 'no_data'
            else 'ok'
        end as status,
        is_mature
    from matured
),

running_month as (
    select distinct
        metric_id,
        statistic,
        {{ month_start(month_index_of(as_of())) }} as period_start,
        'all' as dim_name,
        'all' as dim_value,
        cast(null as decimal(38, 9)) as numerator,
        cast(null as decimal(38, 9)) as denominator,
        cast(null as decimal(38, 9)) as value,
        cast(null as bigint) as n,
        'immature' as status,
        false as is_mature
    from measures
),

months as (
    select * from closed_months
    union all
    select * from running_month
),

final as (
    select
        metric_id,
        statistic,
        'month' as period_grain,
        period_start,
        dim_name,
        dim_value,
        cast(numerator as decimal(38, 9)) as numerator,
        cast(denominator as decimal(38, 9)) as denominator,
        cast(value as decimal(38, 9)) as value,
        cast(n as bigint) as n,
        cast(null as decimal(38, 9)) as ci_low,
        cast(null as decimal(38, 9)) as ci_high,
        status,
        is_mature
    from months
)

select * from final
