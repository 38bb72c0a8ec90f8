{{ config(materialized='table') }}
with invoice as (
    select *
    from {{ touched_objects(source('raw_stripe', 'invoices')) }}
),

-- The lines of a draft still change, and may go.
line as (
    select
        invoice.id as invoice_id,
        {{ json_text('invoice.payload', 'status') }} as status,
        invoice.load_id,
        invoice.row_no,
        invoice.extracted_at,
        {{ each_json_item('invoice.payload', 'lines.data') }}
    from invoice
    where {{ json_text('invoice.payload', 'status') }} <> 'draft'
),

final as (
    select
        line.invoice_id,
        line.item_no as line_no,
        line.status,
        {{ json_text('line.item', 'id') }} as line_id,
        {{ json_text('line.item', 'parent.type') }} as kind,
        coalesce(
            {{ json_text('line.item', 'parent.subscription_item_details.subscription') }},
            {{ json_text('line.item', 'parent.invoice_item_details.subscription') }}
        ) as subscription_id,
        coalesce(
            {{ json_text('line.item', 'parent.subscription_item_details.proration') }},
            {{ json_text('line.item', 'parent.invoice_item_details.proration') }}
        ) = 'true' as is_proration,
        {{ json_text('line.item', 'pricing.price_details.price') }} as stripe_price_id,
        coalesce(
            {{ json_decimal('line.item', 'quantity_decimal') }},
            {{ json_decimal('line.item', 'quantity') }}
        ) as quantity,
        {{ json_text('line.item', 'pricing.unit_amount_decimal') }} as unit_amount_decimal,
        {{ json_text('line.item', 'currency') }} as currency,
        line.item as payload,
        line.load_id,
        line.row_no,
        line.extracted_at
    from line
)

select *
from final
