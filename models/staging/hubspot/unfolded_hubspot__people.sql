{{ unfolding('people', 'hubspot') }}
with contact as (
    select *
    from {{ ref('hubspot_contact') }}
),

final as (
    select
        {{ hubspot_id('contact.contact_id') }} as person_id,
        contact.customer_id,
        contact.email,
        contact.phone,
        contact.language,
        contact.can_be_surveyed,
        contact.changed_at as updated_at,
        contact.is_deleted,
        contact.load_id,
        contact.row_no * 1000000 + 1 as row_no,
        contact.file,
        contact.extracted_at as loaded_at
    from contact
    where {{ is_unfolded_now('contact.load_id') }}
)

select *
from final
