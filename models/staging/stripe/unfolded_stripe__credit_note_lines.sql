{{ unfolding('credit_note_lines', 'stripe') }}
with note as (
    select *
    from {{ touched_objects(source('raw_stripe', 'credit_notes')) }}
),

invoice_lines as (
    select distinct
        line_id,
        line_no
    from {{ ref('unfolded_stripe__invoice_lines') }}
),

line as (
    select
        note.*,
        {{ each_json_item('note.payload', 'lines.data') }}
    from note
    where {{ is_unfolded_now('note.load_id') }}
),

tax as (
    select
        {{ json_text('line.item', 'id') }} as line_id,
        {{ each_json_item('line.item', 'taxes') }}
    from line
),

included as (
    select
        tax.line_id,
        sum({{ json_integer('tax.item', 'amount') }}) as minor_units
    from tax
    where {{ json_text('tax.item', 'tax_behavior') }} = 'inclusive'
    group by tax.line_id
),

final as (
    select
        line.id as credit_note_id,
        line.item_no as line_no,
        {{ json_text('line.payload', 'invoice') }} as invoice_id,
        invoice_lines.line_no as invoice_line_no,
        coalesce(
            {{ stripe_instant('line.payload', 'effective_at') }},
            {{ stripe_instant('line.payload', 'created') }}
        ) as issued_on,
        coalesce(
            {{ stripe_metadata('line.payload', 'reason') }},
            case {{ json_text('line.payload', 'reason') }}
                when 'duplicate' then 'error'
                when 'fraudulent' then 'error'
                when 'order_change' then 'quantity'
                else 'goodwill'
            end
        ) as reason,
        case
            when {{ json_text('line.payload', 'status') }} = 'void' then 0
            else {{ stripe_amount(
                json_integer('line.item', 'amount') ~ ' - coalesce('
                ~ json_integer('line.item', 'discount_amount') ~ ', 0)'
                ~ ' - coalesce(included.minor_units, 0)',
                json_text('line.payload', 'currency'),
            ) }}
        end as net_amount,
        {{ json_text('line.payload', 'currency') }} as currency,
        {{ unfolded_position('line', 'stripe/credit_notes', 'line.item_no') }}
    from line
    left join invoice_lines
        on {{ json_text('line.item', 'invoice_line_item') }} = invoice_lines.line_id
    left join included on {{ json_text('line.item', 'id') }} = included.line_id
)

select *
from final
