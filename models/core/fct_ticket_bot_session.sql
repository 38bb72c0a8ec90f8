with

chats as (
    select course.ticket_id
    from {{ ref('fct_ticket_course') }} as course
    left join {{ ref('fct_ticket_session') }} as sessions
        on course.ticket_id = sessions.ticket_id
    where
        course.channel = 'chat'
        -- Unsolved, it may still reach a human.
        and course.first_solved_at is not null
        and sessions.ticket_id is null
        and (
            course.agent_id is null
            or course.agent_id in (
                select agent_id from {{ ref('dim_agent') }} where is_bot
            )
        )
),

messages as (
    select
        messages.ticket_id,
        messages.author_type = 'bot' or bots.agent_id is not null as is_by_bot,
        messages.author_type = 'agent' and bots.agent_id is null as is_by_human
    from {{ ref('fct_ticket_message') }} as messages
    inner join chats on messages.ticket_id = chats.ticket_id
    left join {{ ref('dim_agent') }} as bots
        on
            messages.author_id = bots.agent_id
            and bots.is_bot
            and {{ is_valid_at('bots', 'messages.sent_at') }}
    where {{ is_past('messages.sent_at') }}
),

final as (
    select ticket_id
    from messages
    group by ticket_id
    having bool_or(is_by_bot) and not bool_or(is_by_human)
)

select * from final
