with team as (
    select *
    from {{ ref('hubspot_owner_team') }}
    where place = 1
),

final as (
    select
        owner.id as owner_id,
        max_by(team.team, owner.load_id) as team
    from {{ source('raw_hubspot', 'owners') }} as owner
    left join team on owner.id = team.owner_id and owner.load_id = team.load_id
    where owner.payload is not null
    group by owner.id
)

select *
from final
