{{ config(meta={'plain_columns': ['ticket_id']}) }}

-- A small pass over the replies, of the tickets only whose course needs their order.
with

tickets as (
    select
        ticket_id,
        reply_clock_from,
        first_solved_at
    from {{ ref('fct_ticket_course') }}
    where needs_reply_order
),

final as (
    select
        tickets.ticket_id,
        min(replies.sent_at) filter (
            where replies.sent_at >= tickets.reply_clock_from
        ) as first_reply_at,
        nullif(
            min_by(
                coalesce(replies.author_id, ''),
                {{ log_position('replies.sent_at', 'replies.message_id') }}
            ) filter (
                where replies.sent_at >= tickets.reply_clock_from
            ),
            ''
        ) as first_responder_agent_id,
        -- An agent answers and solves in one go: the instant of the solve belongs to it.
        count(*) filter (
            where replies.sent_at <= tickets.first_solved_at
        ) as replies_to_first_solve_n
    from tickets
    inner join {{ ref('fct_ticket_human_reply') }} as replies
        on tickets.ticket_id = replies.ticket_id
    group by tickets.ticket_id
)

select * from final
