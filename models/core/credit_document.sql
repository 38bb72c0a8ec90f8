{{ config(materialized='view') }}

with

credit_note_lines as (
    select * from {{ ref('credit_note_lines') }}
),

payments as (
    select * from {{ ref('payments') }}
),

invoices as (
    select * from {{ ref('invoices') }}
),

notes as (
    select
        'credit_note' as document_type,
        credit_note_lines.credit_note_id || ':' || credit_note_lines.line_no as document_id,
        credit_note_lines.invoice_id,
        credit_note_lines.invoice_line_no,
        credit_note_lines.issued_on,
        credit_note_lines.reason,
        -- Sources write credits with either sign.
        abs(credit_note_lines.net_amount) as amount,
        credit_note_lines.currency,
        credit_note_lines.load_id,
    from credit_note_lines
    where {{ has_begun('credit_note_lines.issued_on') }}
),

refunds as (
    select
        'refund' as document_type,
        payments.payment_id as document_id,
        payments.invoice_id,
        cast(null as bigint) as invoice_line_no,
        coalesce({{ local_date('payments.paid_at') }}, invoices.issued_on) as issued_on,
        'goodwill' as reason,
        abs(payments.amount) as amount,
        payments.currency,
        payments.load_id,
    from payments
    inner join invoices on payments.invoice_id = invoices.invoice_id
    where
        payments.status = 'refunded'
        and (payments.paid_at is null or payments.paid_at <= {{ as_of() }})
        and payments.invoice_id not in (
            select notes.invoice_id from notes
            where notes.invoice_id is not null
        )
),

documents as (
    select * from notes
    union all
    select * from refunds
),

-- What is credited on an invoice that never counted takes nothing back.
final as (
    select documents.*
    from documents
    left join invoices on documents.invoice_id = invoices.invoice_id
    where
        invoices.invoice_id is null
        or (
            invoices.status in ('open', 'paid', 'uncollectible')
            and {{ has_begun('invoices.issued_on') }}
        )
)

select * from final
