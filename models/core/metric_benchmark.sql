with

units as (
    select
        *,
        case when is_hidden then 'suppressed' else {{ small_sample_status('n') }} end as status,
        not is_hidden as is_shown
    from {{ ref('benchmark_unit_month') }}
),

-- Which rate is compared stands in the statistic, with its level where it has one.
final as (
    select
        'unit_benchmark' as metric_id,
        case
            when measurement_level = 'all' then metric_id
            else metric_id || '_' || measurement_level
        end as statistic,
        'month' as period_grain,
        {{ month_start('month_no') }} as period_start,
        'unit' as dim_name,
        unit as dim_value,
        cast(
            case
                when is_shown then met_n + {{ var('shrink_prior_n') }} * company_rate
            end as decimal(38, 9)
        ) as numerator,
        cast(case when is_shown then n + {{ var('shrink_prior_n') }} end as decimal(38, 9))
            as denominator,
        cast(case when is_shown then shrunken_rate end as decimal(38, 9)) as value,
        n,
        cast(
            case when is_shown then {{ wilson('met_n', 'n', -1) }} end as decimal(38, 9)
        ) as ci_low,
        cast(
            case when is_shown then {{ wilson('met_n', 'n', 1) }} end as decimal(38, 9)
        ) as ci_high,
        status,
        true as is_mature
    from units
)

select * from final
