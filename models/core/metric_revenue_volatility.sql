with

months as (
    select * from {{ ref('sales_month') }}
),

-- Up to twelve months; fewer in a company's first year.
trailing_year as (
    select
        months.month_index,
        months.dim_name,
        months.dim_value,
        cast(stddev_pop(months.net_eur) over trailing_months as decimal(38, 9)) as numerator,
        cast(avg(months.net_eur) over trailing_months as decimal(38, 9)) as denominator,
        count(*) over trailing_months as n,
    from months
    window trailing_months as (
        partition by months.dim_name, months.dim_value
        order by months.month_index nulls last
        rows between 11 preceding and current row
    )
),

running_month as (
    select
        {{ month_index_of(as_of()) }} as month_index,
        min(trailing_year.month_index) as first_index,
    from trailing_year
    having count(*) > 0
),

valued as (
    select
        'revenue_volatility' as metric_id,
        'value' as statistic,
        'rolling_12m' as period_grain,
        {{ month_start('trailing_year.month_index - 11') }} as period_start,
        trailing_year.dim_name,
        trailing_year.dim_value,
        true as is_mature,
        true as is_ratio,
        -- One month is as steady as itself, and a mean of returns says nothing.
        case
            when trailing_year.n > 1 and trailing_year.denominator > 0
                then trailing_year.numerator
        end as numerator,
        trailing_year.denominator,
        trailing_year.n,
    from trailing_year
    union all
    select
        'revenue_volatility' as metric_id,
        'value' as statistic,
        'rolling_12m' as period_grain,
        {{ month_start('running_month.month_index - 11') }} as period_start,
        'all' as dim_name,
        'all' as dim_value,
        false as is_mature,
        true as is_ratio,
        null as numerator,
        null as denominator,
        null as n,
    from running_month
),

final as (
    {{ metric_rows('valued') }}
)

select * from final
