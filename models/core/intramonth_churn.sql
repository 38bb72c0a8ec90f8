with

starts as (
    select * from {{ ref('fct_customer_start') }}
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

periods as (
    select * from {{ ref('fct_paid_period') }}
),

balances as (
    select * from {{ ref('fct_customer_month') }}
),

customers as (
    select * from {{ ref('customer_version') }}
),

-- Who began to pay in a month and had no balance at its end, whether or not they come back.
gone as (
    select
        starts.customer_id,
        starts.paying_from,
        months.month,
    from starts
    inner join months on starts.paying_month = months.month_index
    left join balances
        on
            starts.customer_id = balances.customer_id
            and months.month = balances.month
            and balances.is_open_end
    where
        balances.customer_id is null
        and exists (
            select periods.customer_id
            from periods
            where
                periods.customer_id = starts.customer_id
                and periods.from_month <= starts.paying_month
                and periods.to_month >= starts.paying_month
        )
),

final as (
    select
        gone.customer_id,
        gone.month,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.customer_type, 'unknown') as customer_type,
        coalesce(customers.region, 'unknown') as region,
        coalesce(customers.acquisition_source, 'unknown') as acquisition_source,
    from gone
    left join customers
        on
            gone.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'gone.paying_from') }}
)

select * from final
