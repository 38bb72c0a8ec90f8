-- One pass over the messages, as core.fct_ticket_log is one over the events. Who was first of
-- several repliers, and what came before the request or after its solve, is left to
-- core.fct_ticket_reply.
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

told as (
    select
        messages.ticket_id,
        messages.sent_at,
        coalesce(messages.author_id, '') as author_id,
        messages.author_type = 'customer' as is_customer,
        messages.author_type = 'customer' and messages.is_public as is_question,
        {{ is_human_reply('messages', 'bots') }} as is_reply
    from messages
    left join bots
        on
            messages.author_id = bots.agent_id
            and {{ is_valid_at('bots', 'messages.sent_at') }}
),

final as (
    select
        ticket_id,
        min(sent_at) filter (where is_customer) as first_customer_message_at,
        max(sent_at) filter (where is_question) as last_question_at,
        count(*) filter (where is_reply) as replies_n,
        min(sent_at) filter (where is_reply) as earliest_reply_at,
        max(sent_at) filter (where is_reply) as latest_reply_at,
        min(author_id) filter (where is_reply) as replier_agent_id,
        max(author_id) filter (where is_reply) as other_replier_agent_id
    from told
    group by ticket_id
)

select * from final
