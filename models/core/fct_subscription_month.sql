{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

periods as (
    select * from {{ ref('fct_paid_period') }}
),

starts as (
    select * from {{ ref('fct_customer_start') }}
),

rates as (
    select * from {{ ref('dim_fx_month') }}
),

running_month as (
    select {{ month_index_of(as_of()) }} as month_index
),

-- A balance before paying_from does not count; one at a later edge than the last closed month is
-- not known yet.
counted as (
    select
        periods.*,
        starts.paying_month,
        greatest(periods.from_month, starts.paying_month) as opens_in,
        least(periods.to_month, running_month.month_index) as closes_in,
        running_month.month_index as running_month,
    from periods
    inner join starts on periods.customer_id = starts.customer_id
    cross join running_month
    where {{ is_changed('periods.customer_id', ref('changed_customer')) }}
),

-- What runs at the end of a month is that month's closing and the next month's opening.
edges as (
    select
        counted.*,
        {{ each_integer(
            'counted.opens_in', 'least(counted.closes_in + 1, counted.running_month)'
        ) }} as month_index,
    from counted
    where counted.opens_in < counted.closes_in
),

balances as (
    select
        edges.customer_id,
        edges.subscription_id,
        edges.plan,
        edges.currency,
        edges.month_index,
        min(edges.service) as service,
        min(edges.branch) as branch,
        min(edges.paying_month) as paying_month,
        {{ sum_money('case when edges.month_index > edges.opens_in then edges.mrr end') }}
            as opening_mrr,
        {{ sum_money('case when edges.month_index < edges.closes_in then edges.mrr end') }}
            as closing_mrr,
        sum(case when edges.month_index > edges.opens_in then edges.quantity else 0 end)
        = sum(case when edges.month_index < edges.closes_in then edges.quantity else 0 end)
            as is_same_quantity,
        sum(case when edges.month_index > edges.opens_in then edges.list_mrr else 0 end)
        = sum(case when edges.month_index < edges.closes_in then edges.list_mrr else 0 end)
            as is_same_list,
        max(edges.load_id) as load_id,
    from edges
    group by
        edges.customer_id,
        edges.subscription_id,
        edges.plan,
        edges.currency,
        edges.month_index
),

-- Without a rate the euros stay NULL, which the gate above core does not let pass.
final as (
    select
        balances.customer_id,
        balances.subscription_id,
        balances.plan,
        balances.currency,
        {{ month_start('balances.month_index') }} as month,
        balances.month_index - balances.paying_month as months_since_start,
        balances.service,
        balances.branch,
        balances.opening_mrr,
        balances.closing_mrr,
        {{ to_eur('balances.opening_mrr', 'rates.units_per_eur') }} as opening_mrr_eur,
        {{ to_eur('balances.closing_mrr', 'rates.units_per_eur') }} as closing_mrr_eur,
        {{ to_eur('balances.opening_mrr', 'rates.units_per_eur') }}
        - {{ to_eur('balances.opening_mrr', 'previous_rates.units_per_eur') }} as fx_eur,
        {{ to_eur('balances.closing_mrr', 'first_rates.units_per_eur') }}
            as closing_mrr_at_start_rate_eur,
        balances.is_same_quantity,
        balances.is_same_list,
        balances.load_id,
    from balances
    left join rates
        on balances.currency = rates.currency and balances.month_index = rates.month_index
    left join rates as previous_rates
        on
            balances.currency = previous_rates.currency
            and balances.month_index - 1 = previous_rates.month_index
    left join rates as first_rates
        on
            balances.currency = first_rates.currency
            and balances.paying_month = first_rates.month_index
)

select * from final
