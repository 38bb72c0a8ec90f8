with

balances as (
    select * from {{ ref('fct_subscription_month') }}
),

customers as (
    select * from {{ ref('fct_customer_month') }}
),

-- A customer with two subscriptions of one plan is one customer of that plan.
parts as (
    select
        balances.month,
        balances.customer_id,
        balances.service,
        balances.plan,
        min(customers.segment) as segment,
        min(customers.movement) as customer_movement,
        -- Parts that cancel within a customer are booked as expansion, so each row rolls forward.
        min(
            case when customers.movement = 'none' then 'expansion' else customers.movement end
        ) as movement,
        {{ sum_money('balances.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('balances.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('balances.fx_eur') }} as fx_eur,
    from balances
    inner join customers
        on balances.customer_id = customers.customer_id and balances.month = customers.month
    group by balances.month, balances.customer_id, balances.service, balances.plan
),

final as (
    select
        parts.month,
        parts.service,
        parts.segment,
        parts.plan,
        {{ sum_money('parts.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money(movement_amount('parts', 'new')) }} as new_eur,
        {{ sum_money(movement_amount('parts', 'expansion')) }} as expansion_eur,
        -{{ sum_money(movement_amount('parts', 'contraction')) }} as contraction_eur,
        -{{ sum_money(movement_amount('parts', 'churn')) }} as churn_eur,
        {{ sum_money(movement_amount('parts', 'reactivation')) }}
            as reactivation_eur,
        {{ sum_money('parts.fx_eur') }} as fx_eur,
        {{ sum_money('parts.closing_mrr_eur') }} as closing_mrr_eur,
        count(*) filter (where parts.opening_mrr_eur > 0) as opening_n,
        count(*) filter (where parts.customer_movement = 'new') as new_n,
        count(*) filter (
            where parts.customer_movement = 'expansion'
            and parts.closing_mrr_eur <> parts.opening_mrr_eur
        ) as expanded_n,
        count(*) filter (
            where parts.customer_movement = 'contraction'
            and parts.closing_mrr_eur <> parts.opening_mrr_eur
        ) as contracted_n,
        count(*) filter (where parts.customer_movement = 'churn') as churned_n,
        count(*) filter (where parts.customer_movement = 'reactivation') as reactivated_n,
        count(*) filter (where parts.closing_mrr_eur > 0) as closing_n,
    from parts
    group by parts.month, parts.service, parts.segment, parts.plan
)

select * from final
