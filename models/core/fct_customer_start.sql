{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

invoices as (
    select * from {{ ref('fct_invoice') }}
),

periods as (
    select * from {{ ref('fct_paid_period') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

first_invoices as (
    select * from {{ ref('first_invoice') }}
),

billed as (
    select
        invoices.customer_id,
        min(invoices.issued_on) as first_issued_on,
    from invoices
    where
        invoices.is_qualifying
        and {{ is_changed('invoices.customer_id', ref('changed_customer')) }}
    group by invoices.customer_id
),

billed_starts as (
    select
        billed.customer_id,
        min(invoices.starts_at) as paying_from,
    from billed
    inner join invoices
        on
            billed.customer_id = invoices.customer_id
            and billed.first_issued_on = invoices.issued_on
    where invoices.is_qualifying
    group by billed.customer_id
),

-- What ran before the source's first invoice was paid for before the source can tell.
unbilled_starts as (
    select
        periods.customer_id,
        min(periods.valid_from) as paying_from,
    from periods
    inner join subscriptions on periods.subscription_id = subscriptions.subscription_id
    left join first_invoices on subscriptions.source = first_invoices.source
    where
        (
            first_invoices.issued_on is null
            or {{ local_date('subscriptions.started_at') }} < first_invoices.issued_on
        )
        and {{ is_changed('periods.customer_id', ref('changed_customer')) }}
    group by periods.customer_id
),

starts as (
    select * from billed_starts
    union all
    select * from unbilled_starts
),

final as (
    select
        starts.customer_id,
        min(starts.paying_from) as paying_from,
        {{ month_index_of('min(starts.paying_from)') }} as paying_month,
    from starts
    group by starts.customer_id
)

select * from final
