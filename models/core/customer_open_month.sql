{{ config(materialized='view') }}

with

months as (
    select * from {{ ref('dim_month') }}
),

periods as (
    select * from {{ ref('fct_paid_period') }}
),

-- Whose service ended at the month's very beginning is lost in it, but was never open in it.
balances as (
    select
        balances.customer_id,
        months.month_index as month_no,
        balances.segment,
        balances.customer_type,
        balances.region,
        balances.acquisition_source
    from {{ ref('fct_customer_month') }} as balances
    inner join months on balances.month = months.month
    where
        balances.is_open_end
        or exists (
            select 1
            from periods
            where
                periods.customer_id = balances.customer_id
                and periods.valid_from < months.ends_at
                and periods.valid_to > months.starts_at
        )
),

-- Whoever came and went between two edges has no balance at either.
between_edges as (
    select
        periods.customer_id,
        periods.from_month as month_no,
        min(greatest(periods.valid_from, starts.paying_from)) as opened_at
    from periods
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
