with

customers as (
    select * from {{ ref('customer_lifetime') }}
),

balances as (
    select * from {{ ref('fct_customer_month') }}
    where is_open_end
),

lifetimes as (
    select * from {{ ref('lifetime_factor') }}
),

months as (
    select * from {{ ref('lifetime_value_month') }}
    where dim_name in ('all', 'segment')
),

-- Who was invoiced without ever having been open has its own row too.
last_month as (
    select
        coalesce(
            max(case when calendar.is_closed then calendar.month end), max(calendar.month)
        ) as month,
    from {{ ref('dim_month') }} as calendar
),

open_customers as (
    select
        balances.customer_id,
        balances.segment,
        balances.month,
        {{ clv('balances.closing_mrr_eur', 'lifetimes.factor') }} as clv_revenue_eur,
        {{ clv('balances.closing_margin_eur', 'lifetimes.factor') }} as clv_margin_eur,
    from balances
    inner join last_month on balances.month = last_month.month
    inner join lifetimes
        on balances.month = lifetimes.month and balances.segment = lifetimes.segment
),

known as (
    select
        coalesce(open_customers.month, last_month.month) as month,
        coalesce(open_customers.segment, customers.segment) as segment,
        coalesce(open_customers.customer_id, customers.customer_id) as customer_id,
        1 as customers_n,
        customers.revenue_eur as clv_historical_eur,
        customers.margin_eur as clv_historical_margin_eur,
        open_customers.clv_revenue_eur,
        open_customers.clv_margin_eur,
    from customers
    full outer join open_customers on customers.customer_id = open_customers.customer_id
    cross join last_month
),

-- Means of what is known of each; a customer's own figures are those of the last closed month.
united as (
    select * from known
    union all
    select
        months.month,
        months.dim_value as segment,
        'all' as customer_id,
        months.customers_n,
        null as clv_historical_eur,
        null as clv_historical_margin_eur,
        cast(months.clv_revenue_eur / nullif(months.customers_n, 0) as decimal(18, 6))
            as clv_revenue_eur,
        cast(months.clv_margin_eur / nullif(months.margin_known_n, 0) as decimal(18, 6))
            as clv_margin_eur,
    from months
),

final as (
    select
        united.month,
        united.segment,
        united.customer_id,
        cast(united.customers_n as bigint) as customers_n,
        cast(united.clv_historical_eur as decimal(18, 6)) as clv_historical_eur,
        cast(united.clv_historical_margin_eur as decimal(18, 6)) as clv_historical_margin_eur,
        cast(united.clv_revenue_eur as decimal(18, 6)) as clv_revenue_eur,
        cast(united.clv_margin_eur as decimal(18, 6)) as clv_margin_eur,
        'geometric' as method,
        {{ mart_lineage() }},
    from united
)

select * from final
