{{ config(materialized='view') }}

with

documents as (
    select * from {{ ref('credit_document') }}
),

lines as (
    select
        billed_line.invoice_id,
        billed_line.line_no,
        billed_line.net_amount,
    from {{ ref('fct_billed_line') }} as billed_line
    where billed_line.invoice_id in (select documents.invoice_id from documents)
),

currencies as (
    select * from {{ ref('currency') }}
),

named as (
    select
        documents.*,
        lines.line_no,
    from documents
    left join lines
        on documents.invoice_id = lines.invoice_id and documents.invoice_line_no = lines.line_no
),

open_documents as (
    select
        named.*,
        coalesce(currencies.minor_unit, 2) as minor_unit,
    from named
    left join currencies on named.currency = currencies.currency
    where named.line_no is null
),

weighed as (
    select
        open_documents.document_id,
        lines.line_no,
        {{ in_minor_units('open_documents.amount', 'open_documents.minor_unit') }} as units,
        cast({{ wide('lines.net_amount') }} * 1000000 as hugeint) as weight,
    from open_documents
    inner join lines on open_documents.invoice_id = lines.invoice_id
),

allocated as (
    {{ largest_remainder('weighed') }}
),

-- A credit of an unknown invoice stays whole, without a line.
final as (
    select
        named.document_type,
        named.document_id,
        named.invoice_id,
        named.line_no,
        named.issued_on,
        named.reason,
        named.amount,
        named.currency,
        named.load_id,
    from named
    where named.line_no is not null
    union all
    select
        open_documents.document_type,
        open_documents.document_id,
        open_documents.invoice_id,
        allocated.line_no,
        open_documents.issued_on,
        open_documents.reason,
        case
            when allocated.document_id is null then open_documents.amount
            else {{ from_minor_units('allocated.share_units', 'open_documents.minor_unit') }}
        end as amount,
        open_documents.currency,
        open_documents.load_id,
    from open_documents
    left join allocated on open_documents.document_id = allocated.document_id
)

select * from final
