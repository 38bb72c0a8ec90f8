{{ config(materialized='table') }}
with act as (
    select *
    from {{ zendesk_acts() }}
    where kind = 'Comment'
),

final as (
    select
        act.act_no as comment_no,
        act.ticket_no,
        coalesce({{ json_text('act.item', 'author_id') }}, act.actor_no) as author_no,
        coalesce(
            {{ json_text('act.item', 'public') }},
            {{ json_text('act.item', 'comment_public') }}
        ) as is_public,
        coalesce(
            lower(coalesce({{ json_text('act.item', 'via.channel') }}, act.via))
            in ('rule', 'system'),
            false
        ) as is_by_rule,
        coalesce({{ zendesk_instant('act.item', 'created_at') }}, act.acted_at) as sent_at,
        {{ unfolded_position('act', 'zendesk/ticket_events', 'act.item_no') }}
    from act
)

select *
from final
