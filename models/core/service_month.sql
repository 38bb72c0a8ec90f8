with

customers as (
    select * from {{ ref('fct_customer_month') }}
),

balances as (
    select *
    from {{ ref('fct_subscription_month') }} as fct_subscription_month
    where
        not (fct_subscription_month.has_one_service and fct_subscription_month.has_one_plan)
),

divided as (
    select
        customers.customer_id,
        customers.month,
        customers.segment,
        customers.tenure_months,
        customers.movement,
    from customers
    where customers.only_service is null or customers.only_plan is null
),

-- A customer with two subscriptions of one plan is one customer of that plan.
plans as (
    select
        customers.month,
        customers.only_service as service,
        customers.segment,
        customers.only_plan as plan,
        customers.tenure_months,
        customers.movement,
        customers.opening_mrr_eur,
        customers.closing_mrr_eur,
        customers.fx_eur,
    from customers
    where customers.only_service is not null and customers.only_plan is not null
    union all
    select
        divided.month,
        balances.service,
        any_value(divided.segment) as segment,
        balances.plan,
        any_value(divided.tenure_months) as tenure_months,
        any_value(divided.movement) as movement,
        {{ sum_money('balances.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('balances.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('balances.fx_eur') }} as fx_eur,
    from divided
    inner join balances
        on divided.customer_id = balances.customer_id and divided.month = balances.month
    group by divided.customer_id, divided.month, balances.service, balances.plan
),

-- Parts that cancel within a customer are booked as expansion, so each row rolls forward.
parts as (
    select
        plans.month,
        plans.service,
        plans.segment,
        plans.plan,
        {{ tenure_band('plans.tenure_months') }} as tenure_band,
        plans.movement as movement_of_customer,
        case when plans.movement = 'none' then 'expansion' else plans.movement end as movement,
        plans.opening_mrr_eur,
        plans.closing_mrr_eur,
        plans.fx_eur,
    from plans
),

final as (
    select
        parts.month,
        parts.service,
        parts.segment,
        parts.plan,
        parts.tenure_band,
        {{ sum_money('parts.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money(movement_amount('parts', 'new')) }} as new_eur,
        {{ sum_money(movement_amount('parts', 'expansion')) }} as expansion_eur,
        -{{ sum_money(movement_amount('parts', 'contraction')) }} as contraction_eur,
        -{{ sum_money(movement_amount('parts', 'churn')) }} as churn_eur,
        {{ sum_money(movement_amount('parts', 'reactivation')) }}
            as reactivation_eur,
        {{ sum_money('parts.fx_eur') }} as fx_eur,
        {{ sum_money('parts.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('least(parts.opening_mrr_eur, parts.closing_mrr_eur)') }}
            as retained_mrr_eur,
        {{ sum_money('case when parts.opening_mrr_eur > 0 then parts.closing_mrr_eur end') }}
            as kept_mrr_eur,
        count(*) filter (where parts.opening_mrr_eur > 0) as opening_n,
        count(*) filter (where parts.movement_of_customer = 'new') as new_n,
        count(*) filter (
            where parts.movement_of_customer = 'expansion'
            and parts.closing_mrr_eur <> parts.opening_mrr_eur
        ) as expanded_n,
        count(*) filter (
            where parts.movement_of_customer = 'contraction'
            and parts.closing_mrr_eur <> parts.opening_mrr_eur
        ) as contracted_n,
        count(*) filter (where parts.movement_of_customer = 'churn') as churned_n,
        count(*) filter (where parts.movement_of_customer = 'reactivation') as reactivated_n,
        count(*) filter (where parts.closing_mrr_eur > 0) as closing_n,
    from parts
    group by parts.month, parts.service, parts.segment, parts.plan, parts.tenure_band
)

select * from final
