with

balances as (
    select * from {{ ref('fct_subscription_month') }}
),

periods as (
    select * from {{ ref('fct_paid_period') }}
),

-- Most customers have one plan of one subscription all their life: their rows are counted as they
-- are. Only the others' must first be put together by customer.
several as (
    select periods.customer_id
    from periods
    group by periods.customer_id
    having
        min(periods.subscription_id) <> max(periods.subscription_id)
        or min(periods.plan) <> max(periods.plan)
        or min(periods.currency) <> max(periods.currency)
),

alone as (
    select
        balances.month,
        balances.service,
        balances.plan,
        balances.branch,
        {{ movement(
            'balances.opening_mrr_eur', 'balances.closing_mrr_eur',
            'balances.months_since_start = 0'
        ) }} as movement,
        balances.opening_mrr_eur > 0 as is_open_start,
        balances.closing_mrr_eur > 0 as is_open_end,
        count(*) as customers_n,
        {{ sum_money('balances.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('balances.closing_mrr_eur') }} as closing_mrr_eur,
    from balances
    where balances.customer_id not in (select several.customer_id from several)
    group by all
),

alone_cells as (
    select
        alone.month,
        {{ single_cut(subscription_dimensions(), 'alone') }},
        alone.movement,
        alone.is_open_start,
        alone.is_open_end,
        sum(alone.customers_n) as customers_n,
        sum(alone.opening_mrr_eur) as opening_mrr_eur,
        sum(alone.closing_mrr_eur) as closing_mrr_eur,
    from alone
    {{ by_single_cut(
        ['month', 'movement', 'is_open_start', 'is_open_end'],
        subscription_dimensions(),
        'alone',
        has_total=false
    ) }}
),

pairs as (
    select
        balances.customer_id,
        balances.month,
        {{ single_cut(subscription_dimensions(), 'balances') }},
        {{ sum_money('balances.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('balances.closing_mrr_eur') }} as closing_mrr_eur,
    from balances
    where balances.customer_id in (select several.customer_id from several)
    {{ by_single_cut(
        ['customer_id', 'month'], subscription_dimensions(), 'balances', has_total=false
    ) }}
),

-- New to a service is who never had it, whatever else it had.
moved as (
    select
        pairs.*,
        pairs.month = min(pairs.month) over (
            partition by pairs.customer_id, pairs.dim_name, pairs.dim_value
        ) as is_first,
    from pairs
),

united as (
    select * from alone_cells
    union all
    select
        moved.month,
        moved.dim_name,
        moved.dim_value,
        {{ movement('moved.opening_mrr_eur', 'moved.closing_mrr_eur', 'moved.is_first') }}
            as movement,
        moved.opening_mrr_eur > 0 as is_open_start,
        moved.closing_mrr_eur > 0 as is_open_end,
        1 as customers_n,
        moved.opening_mrr_eur,
        moved.closing_mrr_eur,
    from moved
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
