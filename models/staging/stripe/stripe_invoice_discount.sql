{{ config(materialized='table') }}
with invoice as (
    select *
    from {{ touched_objects(source('raw_stripe', 'invoices')) }}
),

own as (
    select
        invoice.id as invoice_id,
        {{ each_json_item('invoice.payload', 'discounts') }}
    from invoice
),

total as (
    select
        invoice.id as invoice_id,
        {{ json_text('invoice.payload', 'currency') }} as currency,
        {{ each_json_item('invoice.payload', 'total_discount_amounts') }}
    from invoice
),

amount as (
    select
        total.invoice_id,
        {{ json_text('total.item', 'discount') }} as discount_id,
        {{ stripe_amount(json_text('total.item', 'amount'), 'total.currency') }} as amount
    from total
),

-- A discount of the subscription stands in the list of the invoice as well.
final as (
    select
        own.invoice_id,
        {{ json_text('own.item', 'id') }} as discount_id,
        own.item as payload,
        amount.amount
    from own
    left join amount
        on
            own.invoice_id = amount.invoice_id
            and {{ json_text('own.item', 'id') }} = amount.discount_id
    where
        {{ json_text('own.item', 'subscription') }} is null
        and {{ json_text('own.item', 'subscription_item') }} is null
        and {{ json_text('own.item', 'invoice_item') }} is null
)

select *
from final
