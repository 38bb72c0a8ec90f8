{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

subscriptions as (
    select * from {{ ref('fct_subscription_month') }}
),

months as (
    select * from {{ ref('dim_month') }}
),

starts as (
    select * from {{ ref('fct_customer_start') }}
),

customers as (
    select * from {{ ref('customer_version') }}
),

services as (
    select * from {{ ref('services') }}
),

-- The margin of a customer is known where that of each of its services is.
balances as (
    select
        subscriptions.customer_id,
        subscriptions.month,
        min(subscriptions.months_since_start) as months_since_start,
        {{ sum_money('subscriptions.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('subscriptions.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('subscriptions.fx_eur') }} as fx_eur,
        {{ sum_money('subscriptions.closing_mrr_at_start_rate_eur') }}
            as closing_mrr_at_start_rate_eur,
        {{ sum_margin('subscriptions.closing_mrr_eur', 'services.gross_margin_rate') }}
            as closing_margin_eur,
        max(subscriptions.load_id) as load_id,
    from subscriptions
    left join services on subscriptions.service = services.service
    where {{ is_changed('subscriptions.customer_id', ref('changed_customer')) }}
    group by subscriptions.customer_id, subscriptions.month
),

moved as (
    select
        balances.*,
        balances.opening_mrr_eur > 0 as is_open_start,
        balances.closing_mrr_eur > 0 as is_open_end,
        {{ movement(
            'balances.opening_mrr_eur', 'balances.closing_mrr_eur',
            'balances.months_since_start = 0'
        ) }} as movement,
    from balances
),

-- Attributes as they were at the month's opening; a new customer's, when it began to pay.
dated as (
    select
        moved.*,
        case when moved.movement = 'new' then starts.paying_from else months.starts_at end
            as described_at,
    from moved
    inner join months on moved.month = months.month
    inner join starts on moved.customer_id = starts.customer_id
),

final as (
    select
        dated.customer_id,
        dated.month,
        dated.months_since_start as tenure_months,
        dated.opening_mrr_eur,
        dated.closing_mrr_eur,
        dated.fx_eur,
        dated.closing_mrr_at_start_rate_eur,
        dated.closing_margin_eur,
        dated.is_open_start,
        dated.is_open_end,
        dated.movement,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.customer_type, 'unknown') as customer_type,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
        dated.load_id,
    from dated
    left join customers
        on
            dated.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'dated.described_at') }}
)

select * from final
