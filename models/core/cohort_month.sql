with

members as (
    select * from {{ ref('cohort_member') }}
),

customers as (
    select * from {{ ref('fct_customer_month') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

contractual as (
    select
        members.basis,
        members.cohort_index,
        members.segment,
        members.plan,
        members.acquisition_source,
        members.customer_type,
        members.region,
        members.service,
        members.branch,
        customers.tenure_months as month_index,
        count(*) as n_i,
        {{ sum_money('customers.closing_mrr_at_start_rate_eur') }} as eur_i,
        {{ sum_money('least(customers.closing_mrr_at_start_rate_eur, members.base_eur)') }}
            as capped_eur_i,
    from members
    inner join customers on members.customer_id = customers.customer_id
    where members.basis = 'mrr' and customers.is_open_end
    group by all
),

-- All orders of a month count, also a return's; only purchases make a customer active.
customer_orders as (
    select
        members.basis,
        members.customer_id,
        members.cohort_index,
        members.segment,
        members.plan,
        members.acquisition_source,
        members.customer_type,
        members.region,
        members.service,
        members.branch,
        orders.month_index - members.cohort_index as month_index,
        cast(max(case when orders.is_purchase then 1 else 0 end) as bigint) as is_active,
        {{ sum_money('orders.net_eur') }} as eur_i,
    from members
    inner join orders on members.customer_id = orders.customer_id
    where
        members.basis = 'orders'
        and orders.ordered_at >= members.first_purchase_at
        and orders.month_index < {{ month_index_of(as_of()) }}
    group by all
),

noncontractual as (
    select
        customer_orders.basis,
        customer_orders.cohort_index,
        customer_orders.segment,
        customer_orders.plan,
        customer_orders.acquisition_source,
        customer_orders.customer_type,
        customer_orders.region,
        customer_orders.service,
        customer_orders.branch,
        customer_orders.month_index,
        cast(sum(customer_orders.is_active) as bigint) as n_i,
        {{ sum_money('customer_orders.eur_i') }} as eur_i,
        cast(null as decimal(18, 6)) as capped_eur_i,
    from customer_orders
    group by all
),

final as (
    select * from contractual
    union all
    select * from noncontractual
)

select * from final
