with invoice_payment as (
    select *
    from {{ objects(source('raw_stripe', 'invoice_payments')) }}
),

final as (
    select
        coalesce(
            {{ json_text('invoice_payment.payload', 'payment.charge') }},
            {{ json_text('invoice_payment.payload', 'payment.payment_intent') }}
        ) as payer_id,
        {{ json_text('invoice_payment.payload', 'invoice') }} as invoice_id,
        invoice_payment.load_id,
        invoice_payment.row_no,
        invoice_payment.extracted_at
    from invoice_payment
)

select *
from final
