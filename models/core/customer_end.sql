{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

customers as (
    select * from {{ ref('fct_customer_month') }}
),

periods as (
    select * from {{ ref('fct_paid_period') }}
),

balances as (
    select * from {{ ref('balance_end') }}
),

churned as (
    select
        customers.*,
        {{ month_index('customers.month') }} as month_index,
    from customers
    where
        customers.movement = 'churn'
        and {{ is_changed('customers.customer_id', ref('changed_customer')) }}
),

-- The last instant of paid service of each subscription and plan that ended in the month.
ended as (
    select
        churned.customer_id,
        churned.month,
        periods.subscription_id,
        periods.plan,
        min(periods.service) as service,
        min(periods.branch) as branch,
        max(periods.valid_to) as ended_at,
    from churned
    inner join periods
        on
            churned.customer_id = periods.customer_id
            and churned.month_index = periods.to_month
    group by churned.customer_id, churned.month, periods.subscription_id, periods.plan
),

weighed as (
    select
        ended.*,
        coalesce(balances.opening_mrr_eur, 0) as plan_mrr_eur,
        max(ended.ended_at) over subscription as subscription_ended_at,
        sum(coalesce(balances.opening_mrr_eur, 0)) over subscription as subscription_mrr_eur,
    from ended
    left join balances
        on
            ended.subscription_id = balances.subscription_id
            and ended.plan = balances.plan
            and ended.month = balances.month
    window subscription as (
        partition by ended.customer_id, ended.month, ended.subscription_id
    )
),

final as (
    select
        weighed.customer_id,
        weighed.month,
        weighed.subscription_id,
        weighed.service,
        weighed.plan,
        weighed.branch,
        weighed.subscription_ended_at as ended_at,
    from weighed
    qualify
        row_number() over (
            partition by weighed.customer_id, weighed.month
            order by
                weighed.subscription_ended_at desc nulls last,
                weighed.subscription_mrr_eur desc nulls last,
                weighed.subscription_id asc nulls last,
                weighed.plan_mrr_eur desc nulls last,
                weighed.plan asc nulls last
        ) = 1
)

select * from final
