with

revenue as (
    select
        fct_customer_revenue.customer_id,
        fct_customer_revenue.month_index,
        {{ sum_money('fct_customer_revenue.net_eur') }} as net_eur,
    from {{ ref('fct_customer_revenue') }} as fct_customer_revenue
    where fct_customer_revenue.month_index < {{ month_index_of(as_of()) }}
    group by fct_customer_revenue.customer_id, fct_customer_revenue.month_index
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

windows as (
    select distinct
        activities.period_grain,
        activities.months_n,
    from activities
),

-- A month's revenue belongs to every period of months_n months that it lies in, and a year later to
-- what these periods are compared with.
parts as (
    select
        windows.period_grain,
        revenue.customer_id,
        'this_year' as part,
        revenue.month_index as from_index,
        revenue.month_index + windows.months_n - 1 as until_index,
        revenue.net_eur,
    from revenue
    cross join windows
    union all
    select
        windows.period_grain,
        revenue.customer_id,
        'last_year' as part,
        revenue.month_index + 12 as from_index,
        revenue.month_index + 12 + windows.months_n - 1 as until_index,
        revenue.net_eur,
    from revenue
    cross join windows
    union all
    select
        activities.period_grain,
        revenue.customer_id,
        'this_year_of_last_years' as part,
        greatest(revenue.month_index, activities.from_index + 12) as from_index,
        least(revenue.month_index + activities.months_n - 1, activities.until_index + 12)
            as until_index,
        revenue.net_eur,
    from revenue
    inner join activities on revenue.customer_id = activities.customer_id
    union all
    select
        activities.period_grain,
        revenue.customer_id,
        'last_year_of_this_years' as part,
        greatest(revenue.month_index + 12, activities.from_index) as from_index,
        least(revenue.month_index + 12 + activities.months_n - 1, activities.until_index)
            as until_index,
        revenue.net_eur,
    from revenue
    inner join activities on revenue.customer_id = activities.customer_id
    union all
    select
        activities.period_grain,
        activities.customer_id,
        'customers' as part,
        activities.from_index,
        activities.until_index,
        1 as net_eur,
    from activities
    union all
    select
        activities.period_grain,
        activities.customer_id,
        'customers_of_last_year' as part,
        activities.from_index + 12 as from_index,
        activities.until_index + 12 as until_index,
        1 as net_eur,
    from activities
),

described as (
    select
        parts.period_grain,
        parts.part,
        parts.from_index,
        parts.until_index,
        referred.customer_id is not null as is_referred,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.customer_type, 'unknown') as customer_type,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
        {{ sum_money('parts.net_eur') }} as net_eur,
    from parts
    inner join customers on parts.customer_id = customers.customer_id
    left join referred on parts.customer_id = referred.customer_id
    where parts.from_index <= parts.until_index
    group by all
),

by_month as (
    select
        described.*,
        {{ each_integer('described.from_index', 'described.until_index + 1') }} as last_index,
    from described
),

final as (
    select
        by_month.period_grain,
        by_month.last_index,
        {{ customer_dimension('by_month') }},
        {{ sum_part('by_month', 'this_year') }} as this_year_eur,
        {{ sum_part('by_month', 'last_year') }} as last_year_eur,
        {{ sum_part('by_month', 'this_year_of_last_years') }} as this_year_of_last_years_eur,
        {{ sum_part('by_month', 'last_year_of_this_years') }} as last_year_of_this_years_eur,
        {{ sum_part('by_month', 'this_year', 'by_month.is_referred') }} as referred_eur,
        {{ sum_part('by_month', 'this_year_of_last_years', 'by_month.is_referred') }}
            as referred_of_last_years_eur,
        cast({{ sum_part('by_month', 'customers') }} as bigint) as customers_n,
        cast({{ sum_part('by_month', 'customers_of_last_year') }} as bigint)
            as customers_of_last_year_n,
    from by_month
    where by_month.last_index < {{ month_index_of(as_of()) }}
    group by {{ by_customer_dimension('by_month', ['period_grain', 'last_index']) }}
)

select * from final
