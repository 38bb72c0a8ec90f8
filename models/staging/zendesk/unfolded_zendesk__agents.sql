{{ unfolding('agents', 'zendesk') }}
with seen as (
    select *
    from {{ ref('zendesk_user_seen') }}
    where was_staff
),

membership as (
    select
        {{ json_text('member.payload', 'user_id') }} as user_no,
        min({{ json_text('member.payload', 'group_id') }}) as group_no
    from {{ objects(source('raw_zendesk', 'group_memberships')) }} as member
    where not member.is_deleted and {{ json_text('member.payload', 'default') }} = 'true'
    group by {{ json_text('member.payload', 'user_id') }}
),

groups as (
    select *
    from {{ ref('zendesk_group') }}
),

named as (
    select
        seen.*,
        groups.team,
        case
            when not seen.is_staff or seen.is_deleted or seen.is_suspended then 'ex_agent'
            when seen.is_bot then 'bot'
            when seen.is_admin then 'admin'
            when seen.is_light then 'light_agent'
            else 'agent'
        end as role
    from seen
    left join membership on seen.user_no = membership.user_no
    left join groups on coalesce(seen.group_no, membership.group_no) = groups.group_no
),

-- Zendesk makes a version of every login.
compared as (
    select
        named.*,
        lag(concat_ws('|', named.role, coalesce(named.name, ''), coalesce(named.team, ''))) over (
            partition by named.user_no order by named.version_no nulls last
        ) as former,
        concat_ws('|', named.role, coalesce(named.name, ''), coalesce(named.team, '')) as terms
    from named
),

final as (
    select
        {{ zendesk_id('compared.user_no') }} as agent_id,
        compared.name,
        compared.team,
        compared.role,
        compared.changed_at as updated_at,
        compared.user_no,
        {{ unfolded_position('compared', 'zendesk/users') }}
    from compared
    where
        (compared.former is null or compared.former <> compared.terms)
        and {{ is_unfolded_now('compared.load_id') }}
)

select *
from final
