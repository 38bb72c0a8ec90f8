with

invoices as (
    select * from {{ ref('fct_invoice') }}
),

lines as (
    select * from {{ ref('fct_billed_line') }}
),

currencies as (
    select * from {{ ref('currency') }}
),

short as (
    select
        invoices.invoice_id,
        invoices.shortfall_currency as currency,
        coalesce({{ local_date('invoices.last_received_at') }}, invoices.issued_on) as settled_on,
        coalesce(currencies.minor_unit, 2) as minor_unit,
        invoices.shortfall as amount,
    from invoices
    left join currencies on invoices.shortfall_currency = currencies.currency
    where invoices.shortfall is not null
),

weighed as (
    select
        short.invoice_id as document_id,
        lines.line_no,
        {{ in_minor_units('short.amount', 'short.minor_unit') }} as units,
        cast({{ wide('lines.net_amount') }} * 1000000 as hugeint) as weight,
    from short
    inner join lines
        on short.invoice_id = lines.invoice_id and short.currency = lines.currency
),

allocated as (
    {{ largest_remainder('weighed') }}
),

final as (
    select
        lines.invoice_id,
        lines.line_no,
        lines.customer_id,
        lines.service,
        lines.plan,
        lines.segment,
        lines.sales_channel,
        short.settled_on,
        {{ to_eur(
            from_minor_units('allocated.share_units', 'short.minor_unit'), 'lines.units_per_eur'
        ) }} as amount_eur,
        lines.load_id,
    from allocated
    inner join short on allocated.document_id = short.invoice_id
    inner join lines
        on allocated.document_id = lines.invoice_id and allocated.line_no = lines.line_no
    where lines.has_target and allocated.share_units <> 0
)

select * from final
