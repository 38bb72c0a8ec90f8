{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
        meta={'plain_columns': ['customer_id', 'subscription_id']},
    )
}}

with

balances as (
    select * from {{ ref('fct_subscription_month') }}
),

spans as (
    select * from {{ ref('balance_span') }}
),

customers as (
    select * from {{ ref('fct_customer_month') }}
),

changed_balances as (
    select *
    from balances
    where
        (not balances.is_steady or balances.currency <> 'EUR')
        and (balances.opening_mrr_eur <> balances.closing_mrr_eur or balances.fx_eur <> 0)
        and {{ is_changed('balances.customer_id', ref('changed_customer')) }}
),

-- Most subscriptions have one plan all their life; only the others' plans are put together.
subscriptions_of_several as (
    select spans.subscription_id
    from spans
    where
        not spans.is_alone
        and {{ is_changed('spans.customer_id', ref('changed_customer')) }}
    group by spans.subscription_id
    having
        min(spans.plan) <> max(spans.plan)
        or min(spans.currency) <> max(spans.currency)
),

subscriptions as (
    select
        balances.subscription_id,
        balances.month,
        sum(balances.closing_mrr_eur) as closing_mrr_eur,
        count(*) filter (where balances.opening_mrr_eur = 0) as added_plans_n,
        count(*) filter (where balances.closing_mrr_eur = 0) as removed_plans_n,
    from balances
    where
        balances.subscription_id in (
            select subscriptions_of_several.subscription_id from subscriptions_of_several
        )
    group by balances.subscription_id, balances.month
    having count(*) > 1
),

explained as (
    select
        changed_balances.*,
        customers.segment,
        -- Parts that cancel within a customer are booked as expansion, so each row rolls forward.
        case when customers.movement = 'none' then 'expansion' else customers.movement end
            as movement,
        case
            when
                subscriptions.added_plans_n > 0
                and subscriptions.removed_plans_n > 0
                and (changed_balances.opening_mrr_eur = 0 or changed_balances.closing_mrr_eur = 0)
                then 'plan'
            when changed_balances.opening_mrr_eur = 0 then 'add_on'
            when changed_balances.closing_mrr_eur = 0 and subscriptions.closing_mrr_eur > 0
                then 'add_on'
            when changed_balances.closing_mrr_eur = 0 then 'service_exit'
            when not changed_balances.is_same_quantity then 'quantity'
            when not changed_balances.is_same_list then 'price_list_change'
            else 'permanent_discount'
        end as reason,
    from changed_balances
    inner join customers
        on
            changed_balances.customer_id = customers.customer_id
            and changed_balances.month = customers.month
    left join subscriptions
        on
            changed_balances.subscription_id = subscriptions.subscription_id
            and changed_balances.month = subscriptions.month
),

final as (
    select
        explained.customer_id,
        explained.month,
        explained.subscription_id,
        explained.plan,
        explained.currency,
        explained.service,
        explained.segment,
        explained.movement,
        case when explained.movement in ('expansion', 'contraction') then explained.reason end
            as reason,
        explained.closing_mrr_eur - explained.opening_mrr_eur as amount_eur,
        explained.load_id,
    from explained
    where explained.closing_mrr_eur <> explained.opening_mrr_eur
    union all
    select
        explained.customer_id,
        explained.month,
        explained.subscription_id,
        explained.plan,
        explained.currency,
        explained.service,
        explained.segment,
        'fx' as movement,
        null as reason,
        explained.fx_eur as amount_eur,
        explained.load_id,
    from explained
    where explained.fx_eur <> 0
)

select * from final
