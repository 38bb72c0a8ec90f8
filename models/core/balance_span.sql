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

last_closed as (
    select {{ month_index_of(as_of()) }} - 1 as month_index
),

-- A balance before paying_from does not count; one at a later edge than the last closed month is
-- not known yet.
dated as (
    select
        periods.*,
        starts.paying_month,
        last_closed.month_index as last_closed_month,
        greatest(periods.from_month, starts.paying_month) as opens_in,
        least(periods.to_month, last_closed.month_index + 1) as closes_in,
    from periods
    inner join starts on periods.customer_id = starts.customer_id
    cross join last_closed
    where {{ is_changed('periods.customer_id', ref('changed_customer')) }}
),

counted as (
    select * from dated
    where dated.opens_in < dated.closes_in
),

several as (
    select
        counted.subscription_id,
        counted.plan,
        counted.currency,
    from counted
    group by counted.subscription_id, counted.plan, counted.currency
    having count(*) > 1
),

-- What runs at the end of a month is that month's closing and the next month's opening. Only what
-- several periods make up together is looked at month by month.
edges as (
    select
        counted.*,
        {{ each_integer(
            'counted.opens_in', 'least(counted.closes_in, counted.last_closed_month) + 1'
        ) }} as month_index,
    from counted
    inner join several
        on
            counted.subscription_id = several.subscription_id
            and counted.plan = several.plan
            and counted.currency = several.currency
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
        counted.customer_id,
        counted.subscription_id,
        counted.plan,
        counted.currency,
        counted.service,
        counted.branch,
        counted.paying_month,
        counted.opens_in as first_month,
        least(counted.closes_in, counted.last_closed_month) as last_month,
        0 as first_opening_mrr,
        counted.mrr,
        case when counted.closes_in > counted.last_closed_month then counted.mrr else 0 end
            as last_closing_mrr,
        null as is_same_quantity,
        null as is_same_list,
        counted.load_id,
    from counted
    left join several
        on
            counted.subscription_id = several.subscription_id
            and counted.plan = several.plan
            and counted.currency = several.currency
    where several.subscription_id is null
),

-- Who has one service all its life, and begins to pay with a balance, moves in it as in the whole.
customers as (
    select
        dated.customer_id,
        min(dated.subscription_id) = max(dated.subscription_id)
        and min(dated.plan) = max(dated.plan)
        and min(dated.currency) = max(dated.currency) as is_alone,
        min(dated.opens_in) filter (where dated.opens_in < dated.closes_in)
        = min(dated.paying_month) as is_paying_at_once,
        min(dated.service) = max(dated.service) as has_one_service,
        min(dated.plan) = max(dated.plan) as has_one_plan,
        min(dated.branch) = max(dated.branch) as has_one_branch,
    from dated
    group by dated.customer_id
),

final as (
    select
        united.*,
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
