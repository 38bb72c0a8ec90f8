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

payments as (
    select * from {{ ref('payments') }}
    where status in ('succeeded', 'refunded')
),

-- Few invoices are paid in parts, so that nearly all payments are known by their invoice's row.
final as (
    select
        payments.payment_id,
        invoices.customer_id,
    from invoices
    inner join payments on invoices.invoice_id = payments.invoice_id
    where
        invoices.has_further_payments
        and payments.payment_id <> invoices.payment_id
        and {{ is_changed('invoices.customer_id', ref('changed_customer')) }}
)

select * from final
