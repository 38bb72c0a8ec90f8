with seen as (
    select *
    from {{ ref('hubspot_contact_seen') }}
),

final as (
    select
        seen.*,
        case
            when seen.company_id is not null then {{ hubspot_id('seen.company_id') }}
            when seen.is_customer then {{ hubspot_id("'contact-' || seen.contact_id") }}
        end as customer_id
    from seen
    qualify row_number() over (
        partition by seen.contact_id order by seen.load_id desc nulls last
    ) = 1
)

select *
from final
