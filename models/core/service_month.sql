with

plans as (
    select * from {{ ref('fct_customer_plan_month') }}
),

-- Parts that cancel within a customer are booked as expansion, so each row rolls forward.
parts as (
    select
        plans.month,
        plans.service,
        plans.segment,
        plans.plan,
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
    group by parts.month, parts.service, parts.segment, parts.plan
)

select * from final
