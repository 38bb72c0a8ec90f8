{{ unfolding() }}
with line as (
    select
        *,
        {{ stripe_instant('payload', 'period.start') }} as billed_from,
        {{ stripe_instant('payload', 'period.end') }} as billed_to
    from {{ ref('stripe_invoice_line') }}
    where
        {{ is_unfolded_now('load_id') }}
        and (kind = 'subscription_item_details' or is_proration)
),

first_reading as (
    select
        id,
        min(extracted_at) as read_at
    from {{ source('raw_stripe', 'subscriptions') }}
    where id in (select line.subscription_id from line)
    group by id
),

final as (
    select
        line.subscription_id,
        {{ json_text('line.payload', 'parent.subscription_item_details.subscription_item') }}
            as item_id,
        line.stripe_price_id,
        line.invoice_id,
        line.line_no,
        line.status = 'void' as is_void,
        line.is_proration,
        line.is_proration and {{ json_integer('line.payload', 'amount') }} < 0
            as is_taken_back,
        line.billed_from,
        line.billed_to,
        line.quantity,
        line.unit_amount_decimal,
        line.currency,
        {{ stripe_metadata('line.payload', 'permanent_discount_rate') }}
            as permanent_discount_rate,
        {{ stripe_metadata('line.payload', 'permanent_discount_amount') }}
            as permanent_discount_amount,
        line.load_id,
        line.row_no,
        line.extracted_at
    from line
    inner join first_reading on line.subscription_id = first_reading.id
    where line.billed_from < first_reading.read_at
)

select *
from final
