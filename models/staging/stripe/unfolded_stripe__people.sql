{{ unfolding('people', 'stripe') }}
with customer as (
    select *
    from {{ touched_objects(source('raw_stripe', 'customers')) }}
),

event as (
    select
        object_id,
        extracted_at,
        max(changed_at) as changed_at
    from {{ ref('stripe_event') }}
    where object_kind = 'customer'
    group by object_id, extracted_at
),

-- Whom Stripe sends invoices to: an address, and nobody who could be asked anything.
final as (
    select
        customer.id as person_id,
        customer.id as customer_id,
        {{ hashed_address(json_text('customer.payload', 'email')) }} as email,
        {{ hashed_address(json_text('customer.payload', 'phone')) }} as phone,
        cast(null as varchar) as language,
        cast(null as boolean) as can_be_surveyed,
        coalesce(event.changed_at, customer.extracted_at) as updated_at,
        customer.is_deleted,
        {{ unfolded_position('customer', 'stripe/customers') }}
    from customer
    left join event
        on customer.id = event.object_id and customer.extracted_at = event.extracted_at
    where
        coalesce(
            {{ json_text('customer.payload', 'email') }},
            {{ json_text('customer.payload', 'phone') }}
        ) is not null
        and {{ is_unfolded_now('customer.load_id') }}
)

select *
from final
