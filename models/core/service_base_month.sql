with

customers as (
    select * from {{ ref('fct_customer_month') }}
),

balances as (
    select * from {{ ref('fct_subscription_month') }}
),

dimensions as (
    select names.dim_name
    from (values ('service'), ('plan'), ('branch')) as names (dim_name)
),

-- Most customers have one service, plan and branch all their life: there they count as they are.
-- Only the others must first be put together by customer.
alone as (
    select
        customers.month,
        customers.only_service as service,
        customers.only_plan as plan,
        customers.only_branch as branch,
        customers.has_one_service,
        customers.has_one_plan,
        customers.has_one_branch,
        customers.movement,
        customers.is_open_start,
        customers.is_open_end,
        count(*) as customers_n,
        {{ sum_money('customers.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('customers.closing_mrr_eur') }} as closing_mrr_eur,
    from customers
    where customers.has_one_service or customers.has_one_plan or customers.has_one_branch
    group by all
),

parts as (
    select
        balances.customer_id,
        balances.month,
        'service' as dim_name,
        balances.service as dim_value,
        balances.opening_mrr_eur,
        balances.closing_mrr_eur,
    from balances
    where not balances.has_one_service
    union all
    select
        balances.customer_id,
        balances.month,
        'plan' as dim_name,
        balances.plan as dim_value,
        balances.opening_mrr_eur,
        balances.closing_mrr_eur,
    from balances
    where not balances.has_one_plan
    union all
    select
        balances.customer_id,
        balances.month,
        'branch' as dim_name,
        balances.branch as dim_value,
        balances.opening_mrr_eur,
        balances.closing_mrr_eur,
    from balances
    where not balances.has_one_branch
),

pairs as (
    select
        parts.customer_id,
        parts.month,
        parts.dim_name,
        parts.dim_value,
        {{ sum_money('parts.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('parts.closing_mrr_eur') }} as closing_mrr_eur,
    from parts
    group by parts.customer_id, parts.month, parts.dim_name, parts.dim_value
),

-- New to a service is who never had it, whatever else it had.
first_months as (
    select
        pairs.customer_id,
        pairs.dim_name,
        pairs.dim_value,
        min(pairs.month) as month,
    from pairs
    group by pairs.customer_id, pairs.dim_name, pairs.dim_value
),

united as (
    select
        alone.month,
        dimensions.dim_name,
        {{ subscription_dimension('alone', 'dimensions.dim_name') }} as dim_value,
        alone.movement,
        alone.is_open_start,
        alone.is_open_end,
        alone.customers_n,
        alone.opening_mrr_eur,
        alone.closing_mrr_eur,
    from alone
    cross join dimensions
    where {{ has_one_of_dimension('alone', 'dimensions.dim_name') }}
    union all
    select
        pairs.month,
        pairs.dim_name,
        pairs.dim_value,
        {{ movement(
            'pairs.opening_mrr_eur', 'pairs.closing_mrr_eur', 'pairs.month = first_months.month'
        ) }} as movement,
        pairs.opening_mrr_eur > 0 as is_open_start,
        pairs.closing_mrr_eur > 0 as is_open_end,
        1 as customers_n,
        pairs.opening_mrr_eur,
        pairs.closing_mrr_eur,
    from pairs
    inner join first_months
        on
            pairs.customer_id = first_months.customer_id
            and pairs.dim_name = first_months.dim_name
            and pairs.dim_value = first_months.dim_value
),

final as (
    select
        united.month,
        united.dim_name,
        united.dim_value,
        {{ sum_count('united', 'is_open_start') }} as opening_n,
        {{ sum_count('united', "movement = 'new'") }} as new_n,
        {{ sum_count('united', "movement = 'reactivation'") }} as reactivated_n,
        {{ sum_count('united', "movement = 'expansion'") }} as expanded_n,
        {{ sum_count('united', "movement = 'contraction'") }} as contracted_n,
        {{ sum_count('united', "movement = 'churn'") }} as churned_n,
        {{ sum_count('united', 'is_open_end') }} as closing_n,
        {{ sum_money('united.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('united.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money(movement_amount('united', 'new')) }} as new_eur,
        {{ sum_money(movement_amount('united', 'expansion')) }} as expansion_eur,
        -{{ sum_money(movement_amount('united', 'contraction')) }} as contraction_eur,
        -{{ sum_money(movement_amount('united', 'churn')) }} as churn_eur,
        {{ sum_money(movement_amount('united', 'reactivation')) }} as reactivation_eur,
    from united
    group by united.month, united.dim_name, united.dim_value
)

select * from final
