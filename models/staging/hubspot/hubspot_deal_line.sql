with version as (
    select
        linked.id as deal_id,
        linked.load_id,
        {{ each_json_item('linked.payload', 'to') }}
    from {{ source('raw_hubspot', 'associations_deals_line_items') }} as linked
),

newest as (
    select
        linked.id as deal_id,
        max(linked.load_id) as load_id,
        max_by(linked.row_no, linked.load_id) as row_no,
        max_by(linked.extracted_at, linked.load_id) as extracted_at
    from {{ source('raw_hubspot', 'associations_deals_line_items') }} as linked
    group by linked.id
),

pair as (
    select
        version.deal_id,
        {{ json_text('version.item', 'toObjectId') }} as line_id,
        max(version.load_id) as linked_load_id
    from version
    group by version.deal_id, {{ json_text('version.item', 'toObjectId') }}
),

final as (
    select
        pair.deal_id,
        pair.line_id,
        pair.linked_load_id = newest.load_id as is_linked,
        row_number() over (partition by pair.deal_id order by pair.line_id nulls last) as place,
        newest.load_id,
        newest.row_no,
        newest.extracted_at
    from pair
    inner join newest on pair.deal_id = newest.deal_id
)

select *
from final
