{{ unfolding('customers', 'hubspot') }}
with company as (
    select *
    from
        {{ hubspot_versions(
            source('raw_hubspot', 'companies'), touched_ids(source('raw_hubspot', 'companies'))
        ) }}
),

contact as (
    select
        seen.*,
        max(case when seen.is_customer then 1 else 0 end) over (
            partition by seen.contact_id order by seen.load_id nulls last
        ) as has_bought
    from {{ ref('hubspot_contact_seen') }} as seen
    where
        seen.contact_id in (
            select fresh.contact_id
            from {{ ref('hubspot_contact_seen') }} as fresh
            where {{ is_unfolded_now('fresh.load_id') }}
        )
),

organisation as (
    select
        {{ hubspot_id('company.id') }} as customer_id,
        {{ hubspot_property('company.payload', 'name') }} as name,
        coalesce({{ hubspot_property('company.payload', 'customer_type') }}, 'b2b')
            as customer_type,
        {{ hubspot_property('company.payload', 'segment') }} as segment,
        {{ hubspot_property('company.payload', 'state') }} as region,
        {{ hubspot_property('company.payload', 'branch') }} as branch,
        {{ hubspot_property('company.payload', 'country') }} as country,
        {{ hubspot_property('company.payload', 'acquisition_source') }} as acquisition_source,
        {{ hubspot_property('company.payload', 'referred_by_customer_id') }}
            as referred_by_customer_id,
        {{ hubspot_property('company.payload', 'referral_program') }} as referral_program,
        {{ hubspot_property('company.payload', 'business_id') }} as business_id,
        {{ hubspot_property('company.payload', 'is_internal') }} as is_internal,
        {{ hubspot_instant(json_text('company.payload', 'createdAt')) }} as created_at,
        company.changed_at as updated_at,
        company.is_deleted,
        {{ unfolded_position('company', 'hubspot/companies') }}
    from company
    where company.payload is not null and {{ is_unfolded_now('company.load_id') }}
),

-- Who has a company now, or is a customer no more, buys through it and ends as a customer.
consumer as (
    select
        {{ hubspot_id("'contact-' || contact.contact_id") }} as customer_id,
        contact.name,
        'b2c' as customer_type,
        contact.segment,
        contact.region,
        contact.branch,
        contact.country,
        contact.acquisition_source,
        contact.referred_by_customer_id,
        contact.referral_program,
        cast(null as varchar) as business_id,
        contact.is_internal,
        contact.created_at,
        contact.changed_at as updated_at,
        contact.is_deleted or not contact.is_customer as is_deleted,
        contact.load_id,
        contact.row_no * 1000000 + 1 as row_no,
        contact.file,
        contact.extracted_at as loaded_at
    from contact
    where contact.has_bought = 1 and {{ is_unfolded_now('contact.load_id') }}
),

final as (
    select *
    from organisation
    union all
    select *
    from consumer
)

select *
from final
