{{ config(materialized='view') }}

with

balances as (
    select
        customer_id,
        {{ month_index('month') }} as month_no,
        segment,
        customer_type,
        region,
        acquisition_source
    from {{ ref('fct_customer_month') }}
),

-- Whoever came and went between two edges has no balance at either.
between_edges as (
    select
        periods.customer_id,
        periods.from_month as month_no,
        min(greatest(periods.valid_from, starts.paying_from)) as opened_at
    from {{ ref('fct_paid_period') }} as periods
    inner join {{ ref('fct_customer_start') }} as starts
        on periods.customer_id = starts.customer_id
    left join balances
        on periods.customer_id = balances.customer_id and periods.from_month = balances.month_no
    where
        periods.from_month = periods.to_month
        and periods.valid_to > greatest(periods.valid_from, starts.paying_from)
        and balances.customer_id is null
    group by periods.customer_id, periods.from_month
),

final as (
    select * from balances
    union all
    select
        between_edges.customer_id,
        between_edges.month_no,
        {{ unknown_if_null('customers.segment') }} as segment,
        {{ unknown_if_null('customers.customer_type') }} as customer_type,
        {{ unknown_if_null('customers.region') }} as region,
        {{ unknown_if_null('customers.acquisition_source') }} as acquisition_source
    from between_edges
    left join {{ ref('customer_version') }} as customers
        on
            between_edges.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'between_edges.opened_at') }}
)

select * from final
