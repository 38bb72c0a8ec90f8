{{ unfolding() }}
with changed as (
    {{ touched_ids(source('raw_hubspot', 'contacts')) }}
    union
    {{ touched_ids(source('raw_hubspot', 'associations_contacts_companies')) }}
),

contact as (
    select *
    from {{ hubspot_versions(source('raw_hubspot', 'contacts'), 'select changed.id from changed') }}
),

position as (
    select
        contact.id,
        contact.payload,
        contact.is_deleted,
        contact.changed_at,
        cast(null as json) as links,
        contact.load_id,
        contact.row_no,
        contact.extracted_at,
        'hubspot/contacts' as file
    from contact
    union all
    select
        linked.id,
        cast(null as json) as payload,
        cast(null as boolean) as is_deleted,
        cast(null as timestamptz) as changed_at,
        linked.payload as links,
        linked.load_id,
        linked.row_no,
        linked.extracted_at,
        'hubspot/associations_contacts_companies' as file
    from {{ source('raw_hubspot', 'associations_contacts_companies') }} as linked
    where linked.id in (select changed.id from changed)
),

known as (
    select
        position.id,
        position.load_id,
        position.row_no,
        position.extracted_at,
        position.file,
        {{ last_known('position.payload', 'position.id', 'position.load_id') }} as payload,
        {{ last_known('position.is_deleted', 'position.id', 'position.load_id') }} as is_deleted,
        {{ last_known('position.changed_at', 'position.id', 'position.load_id') }} as changed_at,
        {{ last_known('position.links', 'position.id', 'position.load_id') }} as links
    from position
),

company_link as (
    select
        known.id,
        known.load_id,
        {{ each_json_item('known.links', 'to') }}
    from known
),

company as (
    select
        link.id,
        link.load_id,
        coalesce(
            min(case
                when {{ json_has_text('link.item', 'associationTypes[*].label', 'Primary') }}
                    then {{ json_text('link.item', 'toObjectId') }}
            end),
            case when count(*) = 1 then min({{ json_text('link.item', 'toObjectId') }}) end
        ) as company_id
    from company_link as link
    group by link.id, link.load_id
),

final as (
    select
        known.id as contact_id,
        company.company_id,
        case
            when company.id is null
                then
                    {{ json_text('known.payload', 'properties.lifecyclestage') }}
                    in ('customer', 'evangelist')
            else false
        end as is_customer,
        nullif(
            concat_ws(
                ' ',
                {{ hubspot_property('known.payload', 'firstname') }},
                {{ hubspot_property('known.payload', 'lastname') }}
            ),
            ''
        ) as name,
        {{ hashed_address(hubspot_property('known.payload', 'email')) }} as email,
        {{ hashed_address(hubspot_property('known.payload', 'phone')) }} as phone,
        {{ hubspot_property('known.payload', 'hs_language') }} as language,
        coalesce(
            {{ hubspot_property('known.payload', 'can_be_surveyed') }},
            case
                when {{ json_text('known.payload', 'properties.hs_email_optout') }} = 'true'
                    then 'false'
            end
        ) as can_be_surveyed,
        {{ hubspot_property('known.payload', 'segment') }} as segment,
        {{ hubspot_property('known.payload', 'branch') }} as branch,
        {{ hubspot_property('known.payload', 'acquisition_source') }} as acquisition_source,
        {{ hubspot_property('known.payload', 'referred_by_customer_id') }}
            as referred_by_customer_id,
        {{ hubspot_property('known.payload', 'referral_program') }} as referral_program,
        {{ hubspot_property('known.payload', 'is_internal') }} as is_internal,
        {{ hubspot_property('known.payload', 'state') }} as region,
        {{ hubspot_property('known.payload', 'country') }} as country,
        {{ hubspot_instant(json_text('known.payload', 'createdAt')) }} as created_at,
        known.changed_at,
        known.is_deleted,
        known.file,
        known.load_id,
        known.row_no,
        known.extracted_at
    from known
    left join company on known.id = company.id and known.load_id = company.load_id
    where
        known.payload is not null
        and known.links is not null
        and {{ is_unfolded_now('known.load_id') }}
)

select *
from final
