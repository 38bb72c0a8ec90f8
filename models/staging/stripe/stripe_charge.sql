with charge as (
    select *
    from {{ objects(source('raw_stripe', 'charges')) }}
),

payments as (
    select *
    from {{ ref('stripe_payment_invoice') }}
),

payer as (
    select
        charge.id as charge_id,
        charge.id as payer_id
    from charge
    union all
    select
        charge.id as charge_id,
        {{ json_text('charge.payload', 'payment_intent') }} as payer_id
    from charge
),

-- Where a charge stands, and where it stands what it was for.
position as (
    select
        charge.id as charge_id,
        cast(null as varchar) as invoice_id,
        charge.load_id,
        charge.row_no,
        charge.extracted_at
    from charge
    union all
    select
        payer.charge_id,
        payments.invoice_id,
        payments.load_id,
        payments.row_no,
        payments.extracted_at
    from payer
    inner join payments on payer.payer_id = payments.payer_id
),

newest as (
    select
        position.charge_id,
        -- One payment can be for several invoices; then it is no single one's.
        case when count(distinct position.invoice_id) = 1 then min(position.invoice_id) end
            as invoice_id,
        max(position.load_id) as load_id,
        max_by(position.row_no, position.load_id) as row_no,
        max_by(position.extracted_at, position.load_id) as extracted_at
    from position
    group by position.charge_id
),

final as (
    select
        newest.charge_id,
        newest.invoice_id,
        charge.payload,
        newest.load_id,
        newest.row_no,
        newest.extracted_at
    from newest
    inner join charge on newest.charge_id = charge.id
)

select *
from final
