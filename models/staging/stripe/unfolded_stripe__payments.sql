{{ unfolding('payments', 'stripe') }}
with charge as (
    select *
    from {{ ref('stripe_charge') }}
),

refund as (
    select *
    from {{ touched_objects(source('raw_stripe', 'refunds')) }}
),

charged as (
    select
        charge.charge_id as payment_id,
        charge.invoice_id,
        {{ stripe_instant('charge.payload', 'created') }} as paid_at,
        {{ stripe_amount(
            json_text('charge.payload', 'amount'), json_text('charge.payload', 'currency')
        ) }} as amount,
        {{ json_text('charge.payload', 'currency') }} as currency,
        {{ json_text('charge.payload', 'status') }} as status,
        {{ json_text('charge.payload', 'failure_code') }} as failure_code,
        {{ unfolded_position(
            'charge',
            'stripe/charges',
            'row_number() over (partition by charge.load_id, charge.row_no order by charge.charge_id)'
        ) }}
    from charge
    where
        {{ is_unfolded_now('charge.load_id') }}
        and {{ json_text('charge.payload', 'status') }} in ('succeeded', 'failed')
),

-- A refund that the bank sent back was none.
refunded as (
    select
        refund.id as payment_id,
        charge.invoice_id,
        {{ stripe_instant('refund.payload', 'created') }} as paid_at,
        {{ stripe_amount(
            json_text('refund.payload', 'amount'), json_text('refund.payload', 'currency')
        ) }} as amount,
        {{ json_text('refund.payload', 'currency') }} as currency,
        case {{ json_text('refund.payload', 'status') }}
            when 'succeeded' then 'refunded'
            else 'failed'
        end as status,
        {{ json_text('refund.payload', 'failure_reason') }} as failure_code,
        {{ unfolded_position('refund', 'stripe/refunds') }}
    from refund
    left join charge on {{ json_text('refund.payload', 'charge') }} = charge.charge_id
    where
        {{ is_unfolded_now('refund.load_id') }}
        and {{ json_text('refund.payload', 'status') }} in ('succeeded', 'failed', 'canceled')
),

final as (
    select *
    from charged
    union all
    select *
    from refunded
)

select *
from final
