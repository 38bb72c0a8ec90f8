with

bases as (
    select * from {{ ref('customer_dimension_month') }}
),

months as (
    select * from {{ ref('lifetime_value_month') }}
),

customers as (
    select * from {{ ref('customer_lifetime') }}
),

revenue as (
    select
        fct_customer_revenue.customer_id,
        fct_customer_revenue.service,
        fct_customer_revenue.plan,
        {{ sum_money('fct_customer_revenue.net_eur') }} as revenue_eur,
    from {{ ref('fct_customer_revenue') }} as fct_customer_revenue
    where fct_customer_revenue.origin = 'invoices'
    group by
        fct_customer_revenue.customer_id, fct_customer_revenue.service, fct_customer_revenue.plan
),

metrics as (
    select names.metric_id
    from (values ('clv_revenue_eur'), ('clv_margin_eur')) as names (metric_id)
),

-- Euros per customer: the mean over those of whom it is known. A month in which nobody is open has
-- its row too.
expected as (
    select
        metrics.metric_id,
        true as is_ratio,
        bases.month,
        bases.dim_name,
        bases.dim_value,
        case metrics.metric_id
            when 'clv_revenue_eur' then months.clv_revenue_eur
            when 'clv_margin_eur' then months.clv_margin_eur
        end as numerator,
        case metrics.metric_id
            when 'clv_revenue_eur' then coalesce(months.customers_n, 0)
            when 'clv_margin_eur' then coalesce(months.margin_known_n, 0)
        end as denominator,
        case metrics.metric_id
            when 'clv_revenue_eur' then coalesce(months.customers_n, 0)
            when 'clv_margin_eur' then coalesce(months.margin_known_n, 0)
        end as n,
    from bases
    left join months
        on
            bases.month = months.month
            and bases.dim_name = months.dim_name
            and bases.dim_value = months.dim_value
    cross join metrics
),

lives as (
    select
        {{ single_cut(customer_dimensions(), 'customers') }},
        {{ sum_money('customers.revenue_eur') }} as revenue_eur,
        count(*) as customers_n,
    from customers
    {{ by_single_cut([], customer_dimensions(), 'customers') }}
    having count(*) > 0
    union all
    select
        case when grouping(revenue.service) = 0 then 'service' else 'plan' end as dim_name,
        coalesce(revenue.service, revenue.plan) as dim_value,
        {{ sum_money('revenue.revenue_eur') }} as revenue_eur,
        count(distinct revenue.customer_id) as customers_n,
    from revenue
    group by grouping sets ((revenue.service), (revenue.plan))
),

historical as (
    select
        'clv_historical_eur' as metric_id,
        'value' as statistic,
        'as_of' as period_grain,
        {{ local_date(as_of()) }} as period_start,
        lives.dim_name,
        lives.dim_value,
        true as is_mature,
        true as is_ratio,
        lives.revenue_eur as numerator,
        lives.customers_n as denominator,
        lives.customers_n as n,
    from lives
),

final as (
    {{ metric_family('expected') }}
    union all
    {{ metric_rows('historical') }}
)

select * from final
