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
        {{ json_text('line.item', 'currency') }} as currency,
        line.item as payload,
        line.load_id,
        line.row_no,
        line.extracted_at
    from line
)

select *
from final
