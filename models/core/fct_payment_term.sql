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

-- All that is said of these lines, so that the large table is looked through once.
short_lines as (
    select
        lines.invoice_id,
        lines.line_no,
        lines.customer_id,
        lines.service,
        lines.plan,
        lines.segment,
        lines.sales_channel,
        lines.has_target,
        lines.net_amount,
        lines.units_per_eur,
        lines.load_id,
        short.settled_on,
        short.minor_unit,
        short.amount,
    from short
    inner join lines
        on short.invoice_id = lines.invoice_id and short.currency = lines.currency
),

weighed as (
    select
        short_lines.invoice_id as document_id,
        short_lines.line_no,
        {{ in_minor_units('short_lines.amount', 'short_lines.minor_unit') }} as units,
        cast({{ wide('short_lines.net_amount') }} * 1000000 as hugeint) as weight,
    from short_lines
),

allocated as (
    {{ largest_remainder('weighed') }}
),

final as (
    select
        short_lines.invoice_id,
        short_lines.line_no,
        short_lines.customer_id,
        short_lines.service,
        short_lines.plan,
        short_lines.segment,
        short_lines.sales_channel,
        short_lines.settled_on,
        {{ to_eur(
            from_minor_units('allocated.share_units', 'short_lines.minor_unit'),
            'short_lines.units_per_eur'
        ) }} as amount_eur,
        short_lines.load_id,
    from allocated
    inner join short_lines
        on
            allocated.document_id = short_lines.invoice_id
            and allocated.line_no = short_lines.line_no
    where short_lines.has_target and allocated.share_units <> 0
)

select * from final
