{{ unfolding('agents', 'hubspot') }}
with version as (
    select *
    from
        {{ hubspot_versions(
            source('raw_hubspot', 'owners'), touched_ids(source('raw_hubspot', 'owners'))
        ) }}
),

final as (
    select
        {{ hubspot_id('version.id') }} as agent_id,
        nullif(
            concat_ws(
                ' ',
                nullif({{ json_text('version.payload', 'firstName') }}, ''),
                nullif({{ json_text('version.payload', 'lastName') }}, '')
            ),
            ''
        ) as name,
        team.team,
        case when version.is_deleted then 'ex_agent' else 'agent' end as role,
        version.changed_at as updated_at,
        {{ unfolded_position('version', 'hubspot/owners') }}
    from version
    left join {{ ref('hubspot_owner_team') }} as team
        on version.id = team.owner_id and version.load_id = team.load_id and team.place = 1
    where version.payload is not null and {{ is_unfolded_now('version.load_id') }}
)

select *
from final
