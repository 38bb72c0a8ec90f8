{{ config(materialized='view') }}

with

messages as (
    select *
    from {{ ref('fct_ticket_message') }}
    where sent_at <= {{ as_of() }}
),

bots as (
    select * from {{ ref('dim_agent') }} where is_bot
),

final as (
    select
        messages.ticket_id,
        messages.message_id,
        messages.author_id,
        messages.sent_at
    from messages
    left join bots
        on
            messages.author_id = bots.agent_id
            and {{ is_valid_at('bots', 'messages.sent_at') }}
    where {{ is_human_reply('messages', 'bots') }}
)

select * from final
