with

customers as (
    select * from {{ ref('fct_customer_month') }}
),

final as (
    select
        customers.month,
        customers.segment,
        customers.customer_type,
        customers.region,
        customers.acquisition_source,
        count(*) filter (where customers.is_open_start) as opening_n,
        count(*) filter (where customers.movement = 'new') as new_n,
        count(*) filter (where customers.movement = 'reactivation') as reactivated_n,
        count(*) filter (where customers.movement = 'expansion') as expanded_n,
        count(*) filter (where customers.movement = 'contraction') as contracted_n,
        count(*) filter (where customers.movement = 'churn') as churned_n,
        count(*) filter (where customers.is_open_end) as closing_n,
        {{ sum_money('customers.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('customers.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('customers.fx_eur') }} as fx_eur,
        {{ sum_money(movement_amount('customers', 'new')) }} as new_eur,
        {{ sum_money(movement_amount('customers', 'expansion')) }} as expansion_eur,
        -{{ sum_money(movement_amount('customers', 'contraction')) }} as contraction_eur,
        -{{ sum_money(movement_amount('customers', 'churn')) }} as churn_eur,
        {{ sum_money(movement_amount('customers', 'reactivation')) }} as reactivation_eur,
    from customers
    group by
        customers.month,
        customers.segment,
        customers.customer_type,
        customers.region,
        customers.acquisition_source
)

select * from final
