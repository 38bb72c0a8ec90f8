{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

lines as (
    select * from {{ ref('fct_billed_line') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

final as (
    select distinct
        lines.customer_id,
        subscriptions.customer_id as owner_id,
    from lines
    inner join subscriptions on lines.subscription_id = subscriptions.subscription_id
    where
        lines.customer_id <> subscriptions.customer_id
        and {{ is_changed('lines.customer_id', ref('changed_customer')) }}
)

select * from final
