{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

periods as (
    select *
    from {{ ref('balance_period') }} as balance_period
    where {{ is_changed('balance_period.customer_id', ref('changed_customer')) }}
),

-- What runs at the end of a month is that month's closing and the next month's opening. Only what
-- several periods make up together is looked at month by month.
edges as (
    select
        periods.*,
        {{ each_integer(
            'periods.opens_in', 'least(periods.closes_in, periods.last_closed_month) + 1'
        ) }} as month_index,
    from periods
    where periods.is_shared
),

united as (
    select
        edges.customer_id,
        edges.subscription_id,
        edges.plan,
        edges.currency,
        min(edges.service) as service,
        min(edges.branch) as branch,
        min(edges.paying_month) as paying_month,
        edges.month_index as first_month,
        edges.month_index as last_month,
        {{ sum_money('case when edges.month_index > edges.opens_in then edges.mrr end') }}
            as first_opening_mrr,
        cast(null as decimal(18, 6)) as mrr,
        {{ sum_money('case when edges.month_index < edges.closes_in then edges.mrr end') }}
            as last_closing_mrr,
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
    union all
    select
        periods.customer_id,
        periods.subscription_id,
        periods.plan,
        periods.currency,
        periods.service,
        periods.branch,
        periods.paying_month,
        periods.opens_in as first_month,
        least(periods.closes_in, periods.last_closed_month) as last_month,
        0 as first_opening_mrr,
        periods.mrr,
        case when periods.closes_in > periods.last_closed_month then periods.mrr else 0 end
            as last_closing_mrr,
        null as is_same_quantity,
        null as is_same_list,
        periods.load_id,
    from periods
    where not periods.is_shared and periods.opens_in < periods.closes_in
),

-- Who has one service all its life, and begins to pay with a balance, moves in it as in the whole.
customers as (
    select
        periods.customer_id,
        min(periods.subscription_id) = max(periods.subscription_id)
        and min(periods.plan) = max(periods.plan)
        and min(periods.currency) = max(periods.currency) as is_alone,
        min(periods.opens_in) filter (where periods.opens_in < periods.closes_in)
        = min(periods.paying_month) as is_paying_at_once,
        min(periods.service) = max(periods.service) as has_one_service,
        min(periods.plan) = max(periods.plan) as has_one_plan,
        min(periods.branch) = max(periods.branch) as has_one_branch,
    from periods
    group by periods.customer_id
),

final as (
    select
        united.*,
        {{ short_hash(['united.service', 'united.plan', 'united.branch']) }} as offer_id,
        customers.is_alone,
        customers.has_one_service and (customers.is_alone or customers.is_paying_at_once)
            as has_one_service,
        customers.has_one_plan and (customers.is_alone or customers.is_paying_at_once)
            as has_one_plan,
        customers.has_one_branch and (customers.is_alone or customers.is_paying_at_once)
            as has_one_branch,
    from united
    inner join customers on united.customer_id = customers.customer_id
)

select * from final
