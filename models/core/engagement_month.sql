with

interactions as (
    select
        customer_id,
        month_no,
        event_type,
        sum(events_n) as interactions_n
    from {{ ref('fct_activity_day') }}
    where
        customer_id is not null
        and position(';' || event_type || ';' in ';{{ var("engagement_event_types") }};') > 0
    group by customer_id, month_no, event_type
),

by_customer as (
    select
        customer_id,
        month_no,
        sum(interactions_n) as interactions_n
    from interactions
    group by customer_id, month_no
),

-- Before the first event nothing was measured, which is not the same as nobody came.
customers as (
    select * from {{ ref('customer_open_month') }}
    where month_no >= (select min(month_no) from {{ ref('fct_activity_day') }})
),

engaged as (
    select
        customers.*,
        coalesce(by_customer.interactions_n, 0) as interactions_n
    from customers
    left join by_customer
        on
            customers.customer_id = by_customer.customer_id
            and customers.month_no = by_customer.month_no
),

cells as (
    select
        month_no,
        {{ single_cut(customer_dimensions()) }},
        count(*) as customers_n,
        cast(sum(interactions_n) as bigint) as interactions_n,
        count(*) filter (where interactions_n > 0) as engaged_n,
        cast({{ quantile('cast(interactions_n as bigint)', 0.5) }} as decimal(38, 9))
            as median_interactions
    from engaged
    {{ by_single_cut(['month_no'], customer_dimensions()) }}
),

types as (
    select
        customers.month_no,
        interactions.event_type,
        sum(interactions.interactions_n) as interactions_n
    from interactions
    inner join customers
        on
            interactions.customer_id = customers.customer_id
            and interactions.month_no = customers.month_no
    group by customers.month_no, interactions.event_type
),

final as (
    select * from cells
    union all
    select
        types.month_no,
        'interaction_type' as dim_name,
        types.event_type as dim_value,
        cells.customers_n,
        cast(types.interactions_n as bigint) as interactions_n,
        null as engaged_n,
        null as median_interactions
    from types
    inner join cells on types.month_no = cells.month_no and cells.dim_name = 'all'
)

select * from final
