with

revenue as (
    select * from {{ ref('fct_customer_revenue') }}
    where month_index < {{ month_index_of(as_of()) }}
),

activities as (
    select * from {{ ref('revenue_activity') }}
),

customers as (
    select * from {{ ref('customer_version') }}
    where is_current
),

referred as (
    select * from {{ ref('referred_customer') }}
),

described as (
    select
        activities.*,
        referred.customer_id is not null as is_referred,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.customer_type, 'unknown') as customer_type,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
    from activities
    inner join customers on activities.customer_id = customers.customer_id
    left join referred on activities.customer_id = referred.customer_id
),

-- A customer's months meet each of its activities; one of them is the month's own.
final as (
    select
        described.period_grain,
        described.months_n,
        described.from_index,
        described.until_index,
        described.is_referred,
        described.segment,
        described.customer_type,
        described.region,
        described.acquisition_source,
        revenue.month_index,
        {{ sum_money('revenue.net_eur') }} as net_eur,
        cast(null as bigint) as customers_n,
    from described
    inner join revenue on described.customer_id = revenue.customer_id
    group by all
    union all
    select
        described.period_grain,
        described.months_n,
        described.from_index,
        described.until_index,
        described.is_referred,
        described.segment,
        described.customer_type,
        described.region,
        described.acquisition_source,
        cast(null as integer) as month_index,
        cast(null as decimal(18, 6)) as net_eur,
        count(*) as customers_n,
    from described
    group by all
)

select * from final
