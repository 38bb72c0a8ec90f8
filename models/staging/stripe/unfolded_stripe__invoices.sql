{{ unfolding('invoices', 'stripe') }}
with invoice as (
    select *
    from {{ touched_objects(source('raw_stripe', 'invoices')) }}
),

discounts as (
    select
        invoice_id,
        sum(amount) as amount
    from {{ ref('stripe_invoice_discount') }}
    group by invoice_id
),

event as (
    select *
    from {{ ref('stripe_change') }}
    where object_kind = 'invoice'
),

final as (
    select
        invoice.id as invoice_id,
        {{ json_text('invoice.payload', 'customer') }} as customer_id,
        {{ json_text('invoice.payload', 'parent.subscription_details.subscription') }}
            as subscription_id,
        coalesce(
            {{ stripe_instant('invoice.payload', 'effective_at') }},
            {{ stripe_instant('invoice.payload', 'status_transitions.finalized_at') }},
            {{ stripe_instant('invoice.payload', 'created') }}
        ) as issued_on,
        {{ stripe_instant('invoice.payload', 'due_date') }} as due_on,
        -- Only a draft can be deleted.
        case
            when invoice.is_deleted then 'void'
            else {{ json_text('invoice.payload', 'status') }}
        end as status,
        {{ json_text('invoice.payload', 'currency') }} as currency,
        nullif(discounts.amount, 0) as invoice_discount_amount,
        {{ stripe_amount(
            json_text('invoice.payload', 'total_excluding_tax'),
            json_text('invoice.payload', 'currency'),
        ) }} as total_excl_tax,
        {{ stripe_amount(
            json_integer('invoice.payload', 'total') ~ ' - '
            ~ json_integer('invoice.payload', 'total_excluding_tax'),
            json_text('invoice.payload', 'currency'),
        ) }} as tax_amount,
        coalesce(event.changed_at, invoice.extracted_at) as updated_at,
        {{ unfolded_position('invoice', 'stripe/invoices') }}
    from invoice
    left join discounts on invoice.id = discounts.invoice_id
    left join event
        on invoice.id = event.object_id and invoice.extracted_at = event.extracted_at
    where {{ is_unfolded_now('invoice.load_id') }}
)

select *
from final
