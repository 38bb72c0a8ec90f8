with grouped as (
    select *
    from {{ objects(source('raw_zendesk', 'groups'), is_kept=true) }}
),

final as (
    select
        grouped.id as group_no,
        {{ json_text('grouped.payload', 'name') }} as team,
        {{ zendesk_instant('grouped.payload', 'created_at') }} as created_at,
        grouped.load_id,
        grouped.row_no,
        grouped.extracted_at
    from grouped
)

select *
from final
