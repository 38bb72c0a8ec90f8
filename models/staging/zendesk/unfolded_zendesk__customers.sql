{{ unfolding('customers', 'zendesk') }}
with version as (
    select
        *,
        {{ last_known('payload', 'id', 'load_id') }} as known
    from {{ source('raw_zendesk', 'organizations') }}
    where id in ({{ touched_ids(source('raw_zendesk', 'organizations')) }})
),

numbered as (
    select
        version.*,
        {{ zendesk_instant('version.known', 'updated_at') }} as updated_at,
        lag({{ zendesk_instant('version.known', 'updated_at') }}) over (
            partition by version.id order by version.load_id nulls last
        ) as former_updated_at,
        row_number() over (partition by version.id order by version.load_id nulls last)
            as version_no
    from version
    where version.known is not null
),

dated as (
    select
        numbered.*,
        {{ zendesk_changed_at('numbered') }} as own_changed_at
    from numbered
),

organization as (
    select
        {{ zendesk_id('dated.id') }} as customer_id,
        {{ json_text('dated.known', 'name') }} as name,
        {{ zendesk_field_of('dated.known', 'customer_type') }} as customer_type,
        {{ zendesk_field_of('dated.known', 'segment') }} as segment,
        {{ zendesk_field_of('dated.known', 'region') }} as region,
        {{ zendesk_field_of('dated.known', 'branch') }} as branch,
        {{ zendesk_field_of('dated.known', 'country') }} as country,
        {{ zendesk_field_of('dated.known', 'acquisition_source') }} as acquisition_source,
        cast(null as varchar) as referred_by_customer_id,
        cast(null as varchar) as referral_program,
        {{ zendesk_field_of('dated.known', 'business_id') }} as business_id,
        {{ zendesk_field_of('dated.known', 'is_internal') }} as is_internal,
        {{ zendesk_instant('dated.known', 'created_at') }} as created_at,
        max(dated.own_changed_at) over (
            partition by dated.id order by dated.version_no nulls last
        ) as updated_at,
        dated.is_deleted,
        {{ unfolded_position('dated', 'zendesk/organizations') }}
    from dated
),

seen as (
    select
        *,
        not was_staff and is_verified and organization_no is null as is_customer
    from {{ ref('zendesk_user_seen') }}
),

alone as (
    select
        seen.*,
        max(case when seen.is_customer then 1 else 0 end) over (
            partition by seen.user_no order by seen.version_no nulls last
        ) as was_customer
    from seen
),

-- Whoever joins an organization is no customer beside it any more.
person as (
    select
        {{ zendesk_id("'user-' || alone.user_no") }} as customer_id,
        alone.name,
        'b2c' as customer_type,
        cast(null as varchar) as segment,
        cast(null as varchar) as region,
        cast(null as varchar) as branch,
        cast(null as varchar) as country,
        cast(null as varchar) as acquisition_source,
        cast(null as varchar) as referred_by_customer_id,
        cast(null as varchar) as referral_program,
        cast(null as varchar) as business_id,
        cast(null as varchar) as is_internal,
        alone.created_at,
        alone.changed_at as updated_at,
        alone.is_deleted or not alone.is_customer as is_deleted,
        {{ unfolded_position('alone', 'zendesk/users') }}
    from alone
    where alone.was_customer = 1
),

final as (
    select *
    from organization
    where {{ is_unfolded_now('load_id') }}
    union all
    select *
    from person
    where {{ is_unfolded_now('load_id') }}
)

select *
from final
