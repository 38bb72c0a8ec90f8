{{ config(materialized='view') }}

with

lines as (
    select * from {{ ref('invoice_line_amount') }}
),

-- Lines delivered net of the invoice discount already contain their share of it.
discounted as (
    select
        lines.invoice_id,
        lines.line_no,
        lines.minor_unit,
        lines.is_net_of_discount,
        lines.net_delivered,
        {{ in_minor_units('lines.invoice_discount_amount', 'lines.minor_unit') }}
        - sum(
            case
                when lines.is_net_of_discount
                    then
                        {{ in_minor_units(
                            '(lines.gross - lines.line_discount - lines.net_delivered)',
                            'lines.minor_unit'
                        ) }}
                else 0
            end
        ) over (partition by lines.invoice_id) as units,
    from lines
    where lines.invoice_discount_amount <> 0
),

weighed as (
    select
        discounted.invoice_id as document_id,
        discounted.line_no,
        discounted.units,
        cast({{ wide('discounted.net_delivered') }} * 1000000 as hugeint) as weight,
    from discounted
    where not discounted.is_net_of_discount
),

allocated as (
    {{ largest_remainder('weighed') }}
),

final as (
    select
        discounted.invoice_id,
        discounted.line_no,
        {{ from_minor_units('allocated.share_units', 'discounted.minor_unit') }} as share,
    from allocated
    inner join discounted
        on
            allocated.document_id = discounted.invoice_id
            and allocated.line_no = discounted.line_no
)

select * from final
