{{ config(materialized='table') }}
with changed as (
    select
        agents.user_no,
        cast(null as varchar) as ticket_no,
        agents.load_id,
        agents.row_no,
        agents.loaded_at
    from {{ ref('unfolded_zendesk__agents') }} as agents
    where {{ is_unfolded_again('agents.load_id') }}
    union all
    select
        cast(null as varchar) as user_no,
        ticket.id as ticket_no,
        ticket.load_id,
        ticket.row_no * 1000000 as row_no,
        ticket.extracted_at as loaded_at
    from {{ source('raw_zendesk', 'tickets') }} as ticket
    where {{ is_unfolded_again('ticket.load_id') }}
),

known as (
    select *
    from {{ known_comments() }}
),

matched as (
    select
        known.*,
        changed.load_id as changed_load_id,
        changed.row_no as changed_row_no,
        changed.loaded_at as changed_at
    from known
    inner join changed on known.author_no = changed.user_no
    union all
    select
        known.*,
        changed.load_id as changed_load_id,
        changed.row_no as changed_row_no,
        changed.loaded_at as changed_at
    from known
    inner join changed on known.ticket_no = changed.ticket_no
),

numbered as (
    select
        matched.*,
        row_number() over (
            partition by matched.comment_no
            order by matched.changed_load_id desc nulls last, matched.changed_row_no desc nulls last
        ) as choice_no
    from matched
),

final as (
    select
        numbered.comment_no,
        numbered.ticket_no,
        numbered.author_no,
        numbered.is_public,
        numbered.is_by_rule,
        numbered.sent_at,
        numbered.author_type as former_author_type,
        numbered.changed_load_id as load_id,
        -- Behind the places of what the envelope itself unfolds into.
        numbered.changed_row_no + 1000 + row_number() over (
            partition by numbered.changed_load_id, numbered.changed_row_no
            order by numbered.comment_no nulls last
        ) as row_no,
        'zendesk/ticket_events' as file,
        numbered.changed_at as loaded_at
    from numbered
    where numbered.choice_no = 1
)

select *
from final
