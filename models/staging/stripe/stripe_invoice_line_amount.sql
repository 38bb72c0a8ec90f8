with line as (
    select *
    from {{ ref('stripe_invoice_line') }}
),

on_invoice as (
    select *
    from {{ ref('stripe_invoice_discount') }}
),

discount as (
    select
        line.line_id,
        line.invoice_id,
        {{ each_json_item('line.payload', 'discount_amounts') }}
    from line
),

-- What an invoice's own discount takes off is spread over its lines, and counted at the invoice.
discounted as (
    select
        discount.line_id,
        sum({{ json_integer('discount.item', 'amount') }}) as minor_units
    from discount
    left join on_invoice
        on
            discount.invoice_id = on_invoice.invoice_id
            and {{ json_text('discount.item', 'discount') }} = on_invoice.discount_id
    where on_invoice.discount_id is null
    group by discount.line_id
),

tax as (
    select
        line.line_id,
        {{ each_json_item('line.payload', 'taxes') }}
    from line
),

taxed as (
    select
        tax.line_id,
        sum({{ json_integer('tax.item', 'amount') }}) as minor_units,
        sum(
            case
                when {{ json_text('tax.item', 'tax_behavior') }} = 'inclusive'
                    then {{ json_integer('tax.item', 'amount') }}
                else 0
            end
        ) as included_minor_units
    from tax
    group by tax.line_id
),

final as (
    select
        line.line_id,
        {{ stripe_amount(
            json_integer('line.payload', 'amount')
            ~ ' - coalesce(taxed.included_minor_units, 0)',
            'line.currency',
        ) }} as gross_amount,
        {{ stripe_amount('discounted.minor_units', 'line.currency') }} as discount_amount,
        {{ stripe_amount('taxed.minor_units', 'line.currency') }} as tax_amount
    from line
    left join discounted on line.line_id = discounted.line_id
    left join taxed on line.line_id = taxed.line_id
)

select *
from final
