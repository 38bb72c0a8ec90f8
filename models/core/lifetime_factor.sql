with

months as (
    select * from {{ ref('customer_dimension_month') }}
    where dim_name = 'segment'
),

-- One month is too short a time to tell how a segment stays.
trailing_year as (
    select
        months.month,
        months.dim_value as segment,
        sum(months.churned_n) over trailing_months as churned_n,
        sum(months.opening_n) over trailing_months as opening_n,
    from months
    window trailing_months as (
        partition by months.dim_value
        order by months.month nulls last
        rows between 11 preceding and current row
    )
),

retained as (
    select
        trailing_year.*,
        1 - (trailing_year.churned_n + 0.5) / (trailing_year.opening_n + 1.0) as retention,
    from trailing_year
),

discounted as (
    select
        retained.*,
        cast(retained.retention as double)
        / power(cast(1 + {{ var('discount_rate_annual') }} as double), 1 / 12.0) as kept,
    from retained
),

final as (
    select
        discounted.month,
        discounted.segment,
        cast(discounted.churned_n as bigint) as churned_n,
        cast(discounted.opening_n as bigint) as opening_n,
        cast(discounted.retention as decimal(18, 12)) as retention_rate,
        cast(
            discounted.kept
            * (1 - power(discounted.kept, {{ var('clv_horizon_months') }}))
            / (1 - discounted.kept) as decimal(18, 12)
        ) as factor,
    from discounted
)

select * from final
