with

revenue as (
    select * from {{ ref('fct_customer_revenue') }}
    where origin = 'invoices'
),

services as (
    select * from {{ ref('services') }}
),

customers as (
    select * from {{ ref('customer_version') }}
    where is_current
),

final as (
    select
        revenue.customer_id,
        coalesce(min(customers.segment), 'unknown') as segment,
        coalesce(min(customers.customer_type), 'unknown') as customer_type,
        coalesce(min(customers.region), 'unknown') as region,
        coalesce(min(customers.acquisition_source), 'unknown') as acquisition_source,
        {{ sum_money('revenue.net_eur') }} as revenue_eur,
        {{ sum_margin('revenue.net_eur', 'services.gross_margin_rate') }} as margin_eur,
    from revenue
    inner join customers on revenue.customer_id = customers.customer_id
    left join services on revenue.service = services.service
    group by revenue.customer_id
)

select * from final
