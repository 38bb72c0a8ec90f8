{{ config(materialized='view') }}

with

orders as (
    select * from {{ ref('fct_order') }}
),

purchase_days as (
    select
        orders.customer_id,
        orders.service,
        orders.ordered_on,
        {{ add_days('orders.ordered_on', 'max(orders.inactivity_days) + 1') }} as expires_on,
    from orders
    where
        orders.is_purchase
        and {{ is_rebuilt('orders.customer_id', ref('changed_customer')) }}
    group by orders.customer_id, orders.service, orders.ordered_on
),

covered as (
    select
        purchase_days.*,
        max(purchase_days.expires_on) over (
            partition by purchase_days.customer_id
            order by
                purchase_days.ordered_on nulls last,
                purchase_days.service nulls last
            rows between unbounded preceding and 1 preceding
        ) as active_until,
    from purchase_days
),

-- A purchase on the day of the loss comes in time.
numbered as (
    select
        covered.*,
        sum(
            case
                when covered.active_until is null or covered.ordered_on > covered.active_until
                    then 1
                else 0
            end
        ) over (
            partition by covered.customer_id
            order by covered.ordered_on nulls last, covered.service nulls last
            rows between unbounded preceding and current row
        ) as activity_no,
    from covered
),

final as (
    select
        numbered.customer_id,
        cast(numbered.activity_no as bigint) as activity_no,
        min(numbered.ordered_on) as first_ordered_on,
        max(numbered.ordered_on) as last_ordered_on,
        max(numbered.expires_on) as lost_on,
        max_by(
            numbered.service, cast(numbered.expires_on as varchar) || numbered.service
        ) as last_service,
    from numbered
    group by numbered.customer_id, numbered.activity_no
)

select * from final
