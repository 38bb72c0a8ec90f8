with

customers as (
    select * from {{ ref('fct_customer_month') }}
),

balances as (
    select * from {{ ref('fct_subscription_month') }}
),

orders as (
    select * from {{ ref('fct_order') }}
),

versions as (
    select * from {{ ref('customer_version') }}
),

start_plans as (
    select
        balances.customer_id,
        balances.plan,
        balances.service,
        balances.branch,
    from balances
    where balances.months_since_start = 0 and balances.closing_mrr_eur > 0
    qualify
        row_number() over (
            partition by balances.customer_id
            order by
                balances.closing_mrr_eur desc nulls last,
                balances.subscription_id asc nulls last,
                balances.plan asc nulls last
        ) = 1
),

-- Who is gone at the end of month 0 stands in no cell of the cohort.
contractual as (
    select
        'mrr' as basis,
        customers.customer_id,
        {{ month_index('customers.month') }} as cohort_index,
        customers.segment,
        start_plans.plan,
        customers.acquisition_source,
        customers.customer_type,
        customers.region,
        start_plans.service,
        start_plans.branch,
        customers.closing_mrr_at_start_rate_eur as base_eur,
        cast(null as timestamptz) as first_purchase_at,
    from customers
    inner join start_plans on customers.customer_id = start_plans.customer_id
    where customers.tenure_months = 0 and customers.is_open_end
),

first_purchases as (
    select
        orders.customer_id,
        min(orders.ordered_at) as first_purchase_at,
        min(orders.month_index) as cohort_index,
    from orders
    where orders.is_purchase
    group by orders.customer_id
),

noncontractual as (
    select
        'orders' as basis,
        first_purchases.customer_id,
        first_purchases.cohort_index,
        coalesce(versions.segment, 'unknown') as segment,
        cast(null as varchar) as plan,
        coalesce(versions.acquisition_source, 'unknown') as acquisition_source,
        coalesce(versions.customer_type, 'unknown') as customer_type,
        coalesce(versions.region, 'unknown') as region,
        cast(null as varchar) as service,
        cast(null as varchar) as branch,
        cast(null as decimal(18, 6)) as base_eur,
        first_purchases.first_purchase_at,
    from first_purchases
    left join versions
        on
            first_purchases.customer_id = versions.customer_id
            and {{ is_valid_at('versions', 'first_purchases.first_purchase_at') }}
    where first_purchases.cohort_index < {{ month_index_of(as_of()) }}
),

final as (
    select * from contractual
    union all
    select * from noncontractual
)

select * from final
