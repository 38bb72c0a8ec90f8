with

tickets as (
    select * from {{ ref('fct_ticket_course') }}
),

human_replies as (
    select *
    from {{ ref('fct_ticket_human_reply') }}
    where {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

-- Nobody waits for an answer to what an agent opened until the customer writes (8.9).
customer_starts as (
    select
        messages.ticket_id,
        min(messages.sent_at) as first_customer_message_at
    from {{ ref('messages') }} as messages
    inner join tickets on messages.ticket_id = tickets.ticket_id
    where
        tickets.created_by = 'agent'
        and messages.author_type = 'customer'
        and messages.sent_at <= {{ as_of() }}
    group by messages.ticket_id
),

clocks as (
    select
        tickets.ticket_id,
        case
            when tickets.created_by = 'agent' then customer_starts.first_customer_message_at
            else tickets.created_at
        end as reply_clock_from,
        tickets.first_solved_at
    from tickets
    left join customer_starts on tickets.ticket_id = customer_starts.ticket_id
),

final as (
    select
        clocks.ticket_id,
        any_value(clocks.reply_clock_from) as reply_clock_from,
        min(human_replies.sent_at) filter (
            where human_replies.sent_at >= clocks.reply_clock_from
        ) as first_reply_at,
        nullif(
            min_by(
                coalesce(human_replies.author_id, ''),
                {{ log_position('human_replies.sent_at', 'human_replies.message_id') }}
            ) filter (
                where human_replies.sent_at >= clocks.reply_clock_from
            ),
            ''
        ) as first_responder_agent_id,
        count(human_replies.message_id) as replies_n,
        -- An agent answers and solves in one go: the instant of the solve belongs to it.
        count(human_replies.message_id) filter (
            where human_replies.sent_at <= clocks.first_solved_at
        ) as replies_to_first_solve_n
    from clocks
    left join human_replies on clocks.ticket_id = human_replies.ticket_id
    group by clocks.ticket_id
)

select * from final
