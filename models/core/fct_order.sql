{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

orders as (
    select * from {{ ref('orders') }}
),

services as (
    select * from {{ ref('services') }}
),

customers as (
    select customer_version.customer_id
    from {{ ref('customer_version') }} as customer_version
    where customer_version.is_current and not customer_version.is_internal
),

rates as (
    select * from {{ ref('dim_fx_rate') }}
),

dated as (
    select
        orders.*,
        {{ local_date('orders.ordered_at') }} as ordered_on,
        coalesce(services.inactivity_days, {{ var('inactivity_days') }}) as inactivity_days,
    from orders
    inner join services on orders.service = services.service
    inner join customers on orders.customer_id = customers.customer_id
    where
        services.churn_model = 'noncontractual'
        and {{ is_past('orders.ordered_at') }}
        and {{ is_changed('orders.customer_id', ref('changed_customer')) }}
),

final as (
    select
        dated.order_id,
        dated.customer_id,
        dated.service,
        dated.inactivity_days,
        dated.ordered_at,
        dated.ordered_on,
        {{ month_index('dated.ordered_on') }} as month_index,
        {{ to_eur('dated.net_amount', 'rates.units_per_eur') }} as net_eur,
        dated.net_amount > 0 as is_purchase,
        dated.load_id,
    from dated
    left join rates on dated.currency = rates.currency and dated.ordered_on = rates.day
)

select * from final
