{{ config(materialized='view') }}

with

obligations as (
    select
        {{ sla_ticket_columns() }},
        'first_reply' as metric,
        cast(0 as bigint) as turn_no,
        tickets.reply_clock_from as started_at,
        tickets.first_reply_at as finished_at,
        -- A ticket that was solved needs no answer any more.
        tickets.last_solved_at as solved_at
    from {{ rebuilt_tickets() }} as tickets
    -- Who was called back or chatted with has been answered, and waits for no letter (8.9).
    where
        tickets.has_messages
        and (
            tickets.frt_calendar_s is not null
            or (
                tickets.first_reply_at is null
                and not (tickets.is_answered_live and tickets.channel in ('phone', 'chat'))
            )
        )
        and tickets.exclusion_reason is null
    union all
    select
        {{ sla_ticket_columns() }},
        'next_reply' as metric,
        turns.turn_no,
        turns.asked_at as started_at,
        turns.replied_at as finished_at,
        tickets.last_solved_at as solved_at
    from {{ ref('fct_ticket_turn') }} as turns
    inner join {{ rebuilt_tickets() }} as tickets on turns.ticket_id = tickets.ticket_id
    where tickets.exclusion_reason is null
    union all
    select
        {{ sla_ticket_columns() }},
        'resolution' as metric,
        cast(0 as bigint) as turn_no,
        tickets.created_at as started_at,
        tickets.last_solved_at as finished_at,
        cast(null as timestamptz) as solved_at
    from {{ rebuilt_tickets() }} as tickets
    where
        not tickets.has_unknown_solve_time
        and (tickets.last_solved_at is null or tickets.last_solved_at >= tickets.created_at)
        and tickets.exclusion_reason is null
),

final as (
    select
        ticket_id,
        metric,
        turn_no,
        started_at,
        finished_at,
        case when finished_at is null then solved_at end as dropped_at,
        created_at,
        channel,
        priority,
        topic,
        team,
        schedule_id
    from obligations
    where
        started_at is not null
        -- A word of thanks on a solved ticket asks for nothing.
        and (finished_at is not null or solved_at is null or solved_at > started_at)
)

select * from final
