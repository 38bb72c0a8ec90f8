{{ unfolding() }}
with line as (
    select
        *,
        {{ json_text('payload', 'parent.type') }} as kind
    from {{ ref('stripe_invoice_line') }}
    where {{ is_unfolded_now('load_id') }}
),

read_line as (
    select
        line.*,
        coalesce(
            {{ json_text('line.payload', 'parent.subscription_item_details.subscription') }},
            {{ json_text('line.payload', 'parent.invoice_item_details.subscription') }}
        ) as subscription_id,
        coalesce(
            {{ json_text('line.payload', 'parent.subscription_item_details.proration') }},
            {{ json_text('line.payload', 'parent.invoice_item_details.proration') }}
        ) = 'true' as is_proration,
        {{ stripe_instant('line.payload', 'period.start') }} as billed_from,
        {{ stripe_instant('line.payload', 'period.end') }} as billed_to
    from line
),

first_reading as (
    select
        id,
        min(extracted_at) as read_at
    from {{ source('raw_stripe', 'subscriptions') }}
    where id in (select read_line.subscription_id from read_line)
    group by id
),

final as (
    select
        read_line.subscription_id,
        {{ json_text('read_line.payload', 'parent.subscription_item_details.subscription_item') }}
            as item_id,
        {{ json_text('read_line.payload', 'pricing.price_details.price') }} as stripe_price_id,
        read_line.invoice_id,
        read_line.line_no,
        read_line.status = 'void' as is_void,
        read_line.is_proration,
        read_line.is_proration and {{ json_integer('read_line.payload', 'amount') }} < 0
            as is_taken_back,
        read_line.billed_from,
        read_line.billed_to,
        coalesce(
            {{ json_decimal('read_line.payload', 'quantity_decimal') }},
            {{ json_decimal('read_line.payload', 'quantity') }}
        ) as quantity,
        {{ json_text('read_line.payload', 'pricing.unit_amount_decimal') }} as unit_amount_decimal,
        read_line.currency,
        {{ stripe_metadata('read_line.payload', 'permanent_discount_rate') }}
            as permanent_discount_rate,
        {{ stripe_metadata('read_line.payload', 'permanent_discount_amount') }}
            as permanent_discount_amount,
        read_line.load_id,
        read_line.row_no,
        read_line.extracted_at
    from read_line
    inner join first_reading on read_line.subscription_id = first_reading.id
    where
        (read_line.kind = 'subscription_item_details' or read_line.is_proration)
        and read_line.billed_from < first_reading.read_at
)

select *
from final
