{{ config(materialized='table') }}
with version as (
    select
        *,
        {{ last_known('payload', 'id', 'load_id') }} as known
    from {{ source('raw_zendesk', 'users') }}
    where id in ({{ touched_ids(source('raw_zendesk', 'users')) }})
),

read_version as (
    select
        version.id as user_no,
        version.load_id,
        version.row_no,
        version.extracted_at,
        version.is_deleted,
        {{ json_text('version.known', 'name') }} as name,
        coalesce({{ json_text('version.known', 'role') }} in ('agent', 'admin'), false) as is_staff,
        {{ json_text('version.known', 'role') }} = 'admin' as is_admin,
        {{ json_has_item('version.known', 'tags', "'bot'") }} as is_bot,
        coalesce({{ json_text('version.known', 'role_type') }} in ('1', '3'), false) as is_light,
        coalesce({{ json_text('version.known', 'suspended') }} = 'true', false) as is_suspended,
        {{ json_text('version.known', 'verified') }} = 'true' as is_verified,
        {{ json_text('version.known', 'default_group_id') }} as group_no,
        {{ json_text('version.known', 'organization_id') }} as organization_no,
        {{ hashed_address(json_text('version.known', 'email')) }} as email,
        -- A number that several share is nobody's.
        case
            when
                coalesce({{ json_text('version.known', 'shared_phone_number') }}, 'false')
                <> 'true'
                then {{ hashed_address(json_text('version.known', 'phone')) }}
        end as phone,
        {{ json_text('version.known', 'locale') }} as language,
        {{ json_text('version.known', 'user_fields.can_be_surveyed') }} as can_be_surveyed,
        {{ zendesk_instant('version.known', 'created_at') }} as created_at,
        {{ zendesk_instant('version.known', 'updated_at') }} as updated_at
    from version
    where version.known is not null
),

compared as (
    select
        read_version.*,
        lag(read_version.updated_at) over (
            partition by read_version.user_no order by read_version.load_id nulls last
        ) as former_updated_at,
        row_number() over (
            partition by read_version.user_no order by read_version.load_id nulls last
        ) as version_no,
        row_number() over (
            partition by read_version.user_no order by read_version.load_id desc nulls last
        ) as age_no
    from read_version
),

dated as (
    select
        compared.*,
        {{ zendesk_changed_at('compared') }} as own_changed_at
    from compared
),

final as (
    select
        dated.*,
        max(dated.own_changed_at) over (
            partition by dated.user_no order by dated.version_no nulls last
        ) as changed_at,
        max(case when dated.is_staff then 1 else 0 end) over (
            partition by dated.user_no order by dated.version_no nulls last
        ) = 1 as was_staff,
        max(case when dated.is_staff then 0 else 1 end) over (
            partition by dated.user_no order by dated.version_no nulls last
        ) = 1 as was_end_user
    from dated
)

select *
from final
