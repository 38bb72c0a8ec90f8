with

orders as (
    select * from {{ ref('fct_order') }}
    where is_purchase
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

customers as (
    select * from {{ ref('customer_version') }}
),

-- Orders of the 365 days up to each month's end.
buyers as (
    select
        months.month_index,
        months.ends_at,
        orders.customer_id,
        orders.service,
        count(*) as orders_n,
    from orders
    inner join months
        on
            orders.ordered_at < months.ends_at
            and orders.ordered_on >= {{ add_days(month_start('months.month_index + 1'), -365) }}
    group by months.month_index, months.ends_at, orders.customer_id, orders.service
),

described as (
    select
        buyers.month_index,
        buyers.customer_id,
        coalesce(max(customers.segment), 'unknown') as segment,
        coalesce(max(customers.customer_type), 'unknown') as customer_type,
        coalesce(max(customers.region), 'unknown') as region,
        coalesce(max(customers.acquisition_source), 'unknown') as acquisition_source,
        sum(buyers.orders_n) as orders_n,
    from buyers
    left join customers
        on
            buyers.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'buyers.ends_at') }}
    group by buyers.month_index, buyers.customer_id
),

cells as (
    select
        described.month_index,
        {{ single_cut(customer_dimensions(), 'described') }},
        count(*) filter (where described.orders_n >= 2) as repeated_n,
        count(*) as buyers_n,
    from described
    {{ by_single_cut(['month_index'], customer_dimensions(), 'described') }}
    union all
    select
        buyers.month_index,
        'service' as dim_name,
        buyers.service as dim_value,
        count(*) filter (where buyers.orders_n >= 2) as repeated_n,
        count(*) as buyers_n,
    from buyers
    group by buyers.month_index, buyers.service
),

valued as (
    select
        'repeat_purchase_rate' as metric_id,
        'value' as statistic,
        'rolling_12m' as period_grain,
        {{ month_start('cells.month_index - 11') }} as period_start,
        cells.dim_name,
        cells.dim_value,
        true as is_mature,
        true as is_ratio,
        cells.repeated_n as numerator,
        cells.buyers_n as denominator,
        cells.buyers_n as n,
    from cells
    union all
    select
        'repeat_purchase_rate' as metric_id,
        'value' as statistic,
        'rolling_12m' as period_grain,
        {{ month_start(month_index_of(as_of()) ~ ' - 11') }} as period_start,
        'all' as dim_name,
        'all' as dim_value,
        false as is_mature,
        true as is_ratio,
        null as numerator,
        null as denominator,
        null as n,
    where exists (select cells.buyers_n from cells)
),

final as (
    {{ metric_rows('valued') }}
)

select * from final
