{{ config(materialized='view') }}

with

ends as (
    select *
    from {{ ref('customer_end') }} as customer_end
    where {{ is_rebuilt('customer_end.customer_id', ref('changed_customer')) }}
),

periods as (
    select * from {{ ref('fct_paid_period') }}
),

-- Coming back in the month of the loss, or for less than to a month's end, is in no balance.
returns as (
    select
        ends.customer_id,
        ends.month,
        min(periods.from_month) as return_month,
    from ends
    inner join periods
        on
            ends.customer_id = periods.customer_id
            and {{ month_index('ends.month') }} < periods.from_month
    where periods.from_month < periods.to_month
    group by ends.customer_id, ends.month
),

final as (
    select
        returns.customer_id,
        returns.month,
        {{ local_date('min(periods.valid_from)') }} as returned_on,
    from returns
    inner join periods
        on
            returns.customer_id = periods.customer_id
            and returns.return_month = periods.from_month
    group by returns.customer_id, returns.month
)

select * from final
