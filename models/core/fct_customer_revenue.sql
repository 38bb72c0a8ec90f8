{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
        meta={'plain_columns': ['customer_id']},
    )
}}

with

lines as (
    select * from {{ ref('fct_billed_line') }}
),

credits as (
    select * from {{ ref('fct_credit') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

customers as (
    select customer_version.customer_id
    from {{ ref('customer_version') }} as customer_version
    where customer_version.is_current and not customer_version.is_internal
),

entries as (
    select
        lines.customer_id,
        'invoices' as origin,
        {{ month_index('lines.issued_on') }} as month_index,
        lines.service,
        lines.plan,
        lines.net_eur,
        lines.load_id,
    from lines
    where {{ is_changed('lines.customer_id', ref('changed_customer')) }}
    union all
    select
        credits.customer_id,
        'invoices' as origin,
        {{ month_index('credits.issued_on') }} as month_index,
        credits.service,
        credits.plan,
        -credits.amount_eur as net_eur,
        credits.load_id,
    from credits
    where {{ is_changed('credits.customer_id', ref('changed_customer')) }}
    union all
    select
        orders.customer_id,
        'orders' as origin,
        orders.month_index,
        orders.service,
        'unknown' as plan,
        orders.net_eur,
        orders.load_id,
    from orders
    where {{ is_changed('orders.customer_id', ref('changed_customer')) }}
),

final as (
    select
        entries.customer_id,
        entries.origin,
        entries.month_index,
        entries.service,
        entries.plan,
        {{ sum_money('entries.net_eur') }} as net_eur,
        max(entries.load_id) as load_id,
    from entries
    inner join customers on entries.customer_id = customers.customer_id
    group by
        entries.customer_id, entries.origin, entries.month_index, entries.service, entries.plan
)

select * from final
