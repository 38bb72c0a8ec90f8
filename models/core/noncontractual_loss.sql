{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

activities as (
    select * from {{ ref('order_activity') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

customers as (
    select * from {{ ref('customer_version') }}
),

first_purchases as (
    select
        activities.customer_id,
        min(activities.first_ordered_on) as first_ordered_on,
    from activities
    group by activities.customer_id
),

losses as (
    select
        activities.*,
        {{ month_index('activities.lost_on') }} as month_index,
        first_purchases.first_ordered_on as customer_since,
    from activities
    inner join first_purchases on activities.customer_id = first_purchases.customer_id
    where {{ month_index('activities.lost_on') }} < {{ month_index_of(as_of()) }}
),

yearly_revenue as (
    select
        losses.customer_id,
        losses.activity_no,
        {{ sum_money('orders.net_eur') }} as value_eur,
        max(orders.load_id) as load_id,
    from losses
    inner join orders
        on
            losses.customer_id = orders.customer_id
            and orders.ordered_on <= losses.last_ordered_on
            and orders.ordered_on > {{ add_days('losses.last_ordered_on', -365) }}
    group by losses.customer_id, losses.activity_no
),

final as (
    select
        'orders' as basis,
        losses.customer_id,
        {{ month_start('losses.month_index') }} as month,
        losses.lost_on,
        'inactivity' as churn_type,
        losses.last_service as service,
        'unknown' as plan,
        'unknown' as branch,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.customer_type, 'unknown') as customer_type,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
        losses.month_index - {{ month_index('losses.customer_since') }} as tenure_months,
        cast(null as date) as returned_on,
        cast(null as decimal(18, 6)) as churned_mrr_eur,
        cast(null as decimal(18, 6)) as churned_margin_eur,
        yearly_revenue.value_eur as churn_value_eur,
        cast(null as decimal(18, 6)) as churn_value_ltm_eur,
        yearly_revenue.load_id,
    from losses
    inner join yearly_revenue
        on
            losses.customer_id = yearly_revenue.customer_id
            and losses.activity_no = yearly_revenue.activity_no
    left join customers
        on
            losses.customer_id = customers.customer_id
            and {{ is_valid_at(
                'customers', local_midnight(month_start('losses.month_index'))
            ) }}
)

select * from final
