with

revenue as (
    select * from {{ ref('fct_customer_revenue') }}
),

orders as (
    select * from {{ ref('orders') }}
),

services as (
    select * from {{ ref('services') }}
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

rates as (
    select * from {{ ref('dim_fx_rate') }}
),

-- Guests are nobody's customers, but what they buy is sold.
guest_orders as (
    select
        {{ month_index_of('orders.ordered_at') }} as month_index,
        orders.service,
        'unknown' as plan,
        {{ to_eur('orders.net_amount', 'rates.units_per_eur') }} as net_eur,
    from orders
    inner join services on orders.service = services.service
    left join rates
        on
            orders.currency = rates.currency
            and {{ local_date('orders.ordered_at') }} = rates.day
    where
        orders.customer_id is null
        and services.churn_model = 'noncontractual'
        and {{ is_past('orders.ordered_at') }}
),

sold as (
    select
        revenue.month_index,
        revenue.service,
        revenue.plan,
        revenue.net_eur,
    from revenue
    union all
    select * from guest_orders
),

cells as (
    select
        sold.month_index,
        case
            when grouping(sold.service) = 0 then 'service'
            when grouping(sold.plan) = 0 then 'plan'
            else 'all'
        end as dim_name,
        coalesce(sold.service, sold.plan, 'all') as dim_value,
        {{ sum_money('sold.net_eur') }} as net_eur,
    from sold
    group by grouping sets (
        (sold.month_index),
        (sold.month_index, sold.service),
        (sold.month_index, sold.plan)
    )
),

-- From the first sale of each on, also months without any.
dimensions as (
    select
        cells.dim_name,
        cells.dim_value,
        min(cells.month_index) as first_index,
    from cells
    group by cells.dim_name, cells.dim_value
),

final as (
    select
        months.month_index,
        months.month,
        dimensions.dim_name,
        dimensions.dim_value,
        coalesce(cells.net_eur, 0) as net_eur,
    from months
    inner join dimensions on months.month_index >= dimensions.first_index
    left join cells
        on
            months.month_index = cells.month_index
            and dimensions.dim_name = cells.dim_name
            and dimensions.dim_value = cells.dim_value
)

select * from final
