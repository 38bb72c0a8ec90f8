{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

balances as (
    select * from {{ ref('fct_subscription_month') }}
),

customers as (
    select * from {{ ref('fct_customer_month') }}
),

-- A customer with two subscriptions of one plan is one customer of that plan.
final as (
    select
        balances.customer_id,
        balances.month,
        balances.service,
        balances.plan,
        min(customers.segment) as segment,
        min(customers.movement) as movement,
        {{ sum_money('balances.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('balances.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('balances.fx_eur') }} as fx_eur,
        max(balances.load_id) as load_id,
    from balances
    inner join customers
        on balances.customer_id = customers.customer_id and balances.month = customers.month
    where {{ is_changed('balances.customer_id', ref('changed_customer')) }}
    group by balances.customer_id, balances.month, balances.service, balances.plan
)

select * from final
