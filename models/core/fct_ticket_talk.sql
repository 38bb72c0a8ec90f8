-- One pass over the messages, as core.fct_ticket_log is one over the events. Who was first of
-- several repliers, and what came before the request or after its solve, is left to
-- core.fct_ticket_reply.
{{ config(materialized='view') }}

with

messages as (
    select
        ticket_id,
        sent_at,
        coalesce(author_id, '') as author_id,
        author_type = 'customer' as is_customer,
        author_type = 'customer' and is_public as is_question,
        is_human_reply
    from {{ ref('fct_ticket_message') }}
    where {{ is_past('sent_at') }}
),

final as (
    select
        ticket_id,
        min(sent_at) filter (where is_customer) as first_customer_message_at,
        max(sent_at) filter (where is_question) as last_question_at,
        count(*) filter (where is_human_reply) as replies_n,
        min(sent_at) filter (where is_human_reply) as earliest_reply_at,
        max(sent_at) filter (where is_human_reply) as latest_reply_at,
        min(author_id) filter (where is_human_reply) as replier_agent_id,
        max(author_id) filter (where is_human_reply) as other_replier_agent_id
    from messages
    group by ticket_id
)

select * from final
