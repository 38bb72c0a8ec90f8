with membership as (
    select
        owner.id as owner_id,
        owner.load_id,
        {{ each_json_item('owner.payload', 'teams') }}
    from {{ source('raw_hubspot', 'owners') }} as owner
),

final as (
    select
        membership.owner_id,
        membership.load_id,
        {{ json_text('membership.item', 'id') }} as team_id,
        {{ json_text('membership.item', 'name') }} as team,
        row_number() over (
            partition by membership.owner_id, membership.load_id
            order by
                {{ json_text('membership.item', 'primary') }} desc nulls last,
                membership.item_no nulls last
        ) as place
    from membership
)

select *
from final
