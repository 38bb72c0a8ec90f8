with

months as (
    select * from {{ ref('dim_month') }}
),

rates as (
    select * from {{ ref('dim_fx_rate') }}
),

final as (
    select
        rates.currency,
        months.month_index,
        months.month,
        rates.published_on,
        rates.units_per_eur,
    from months
    inner join rates on {{ add_days('months.month', -1) }} = rates.day
)

select * from final
