with

services as (
    select * from {{ ref('service_month') }}
),

customers as (
    select * from {{ ref('fct_customer_month') }}
),

balances as (
    select * from {{ ref('fct_subscription_month') }}
    where not has_one_branch
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

-- What a branch has of its customers' movements. Amounts of one movement simply add up, so nobody
-- is put together by branch first; parts that cancel within a customer are booked as expansion.
branch_parts as (
    select
        customers.month,
        customers.only_branch as branch,
        customers.movement,
        {{ sum_money('customers.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('customers.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('customers.fx_eur') }} as fx_eur,
    from customers
    where customers.only_branch is not null
    group by customers.month, customers.only_branch, customers.movement
    union all
    select
        customers.month,
        balances.branch,
        case when customers.movement = 'none' then 'expansion' else customers.movement end
            as movement,
        {{ sum_money('balances.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('balances.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('balances.fx_eur') }} as fx_eur,
    from customers
    inner join balances
        on customers.customer_id = balances.customer_id and customers.month = balances.month
    where customers.only_branch is null
    group by customers.month, balances.branch, customers.movement
),

branches as (
    select
        branch_parts.month,
        'branch' as dim_name,
        branch_parts.branch as dim_value,
        {{ sum_money('branch_parts.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money(movement_amount('branch_parts', 'new')) }} as new_eur,
        {{ sum_money(movement_amount('branch_parts', 'expansion')) }} as expansion_eur,
        -{{ sum_money(movement_amount('branch_parts', 'contraction')) }} as contraction_eur,
        -{{ sum_money(movement_amount('branch_parts', 'churn')) }} as churn_eur,
        {{ sum_money(movement_amount('branch_parts', 'reactivation')) }} as reactivation_eur,
        {{ sum_money('branch_parts.fx_eur') }} as fx_eur,
        {{ sum_money('branch_parts.closing_mrr_eur') }} as closing_mrr_eur,
    from branch_parts
    group by branch_parts.month, branch_parts.branch
),

cells as (
    select
        services.month,
        case when grouping(services.service) = 0 then 'service' else 'plan' end as dim_name,
        coalesce(services.service, services.plan) as dim_value,
        sum(services.opening_mrr_eur) as opening_mrr_eur,
        sum(services.new_eur) as new_eur,
        sum(services.expansion_eur) as expansion_eur,
        sum(services.contraction_eur) as contraction_eur,
        sum(services.churn_eur) as churn_eur,
        sum(services.reactivation_eur) as reactivation_eur,
        sum(services.fx_eur) as fx_eur,
        sum(services.closing_mrr_eur) as closing_mrr_eur,
    from services
    group by
        grouping sets (
            (services.month, services.service),
            (services.month, services.plan)
        )
    union all
    select * from branches
),

dimensions as (
    select distinct
        cells.dim_name,
        cells.dim_value,
    from cells
),

final as (
    select
        months.month,
        dimensions.dim_name,
        dimensions.dim_value,
        cast(coalesce(cells.opening_mrr_eur, 0) as decimal(18, 6)) as opening_mrr_eur,
        cast(coalesce(cells.new_eur, 0) as decimal(18, 6)) as new_eur,
        cast(coalesce(cells.expansion_eur, 0) as decimal(18, 6)) as expansion_eur,
        cast(coalesce(cells.contraction_eur, 0) as decimal(18, 6)) as contraction_eur,
        cast(coalesce(cells.churn_eur, 0) as decimal(18, 6)) as churn_eur,
        cast(coalesce(cells.reactivation_eur, 0) as decimal(18, 6)) as reactivation_eur,
        cast(coalesce(cells.fx_eur, 0) as decimal(18, 6)) as fx_eur,
        cast(coalesce(cells.closing_mrr_eur, 0) as decimal(18, 6)) as closing_mrr_eur,
    from months
    cross join dimensions
    left join cells
        on
            months.month = cells.month
            and dimensions.dim_name = cells.dim_name
            and dimensions.dim_value = cells.dim_value
    where months.month >= (select min(cells.month) from cells)
)

select * from final
