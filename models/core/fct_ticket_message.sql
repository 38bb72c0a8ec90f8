-- depends_on: {{ ref('messages') }}
{{ config(materialized='view') }}

with

messages as (
    select * from {{ ref('messages') if is_full_build() else ref('changed_ticket_message') }}
),

bots as (
    select * from {{ ref('dim_agent') }} where is_bot
),

final as (
    select
        messages.message_id,
        messages.ticket_id,
        messages.author_type,
        messages.author_id,
        messages.is_public,
        messages.sent_at,
        -- Nobody has been answered by a bot or an automatic receipt (R19).
        messages.author_type = 'agent'
        and messages.is_public
        and not coalesce(messages.is_automated, false)
        and bots.agent_id is null as is_human_reply
    from messages
    left join bots
        on
            messages.author_id = bots.agent_id
            and {{ is_valid_at('bots', 'messages.sent_at') }}
)

select * from final
