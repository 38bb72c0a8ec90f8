{{ config(materialized='view') }}

with

tickets as (
    select *
    from {{ ref('fct_ticket') }}
    where exclusion_reason is null and {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

obligations as (
    select
        ticket_id,
        'first_reply' as metric,
        cast(0 as bigint) as turn_no,
        reply_clock_from as started_at,
        first_reply_at as finished_at,
        -- A ticket that was solved needs no answer any more.
        last_solved_at as dropped_at
    from tickets
    -- Calls are answered at once: they have the speed of answer instead (8.9).
    where has_messages and (first_reply_at is null or frt_calendar_s is not null)
    union all
    select
        turns.ticket_id,
        'next_reply' as metric,
        turns.turn_no,
        turns.asked_at as started_at,
        turns.replied_at as finished_at,
        tickets.last_solved_at as dropped_at
    from {{ ref('fct_ticket_turn') }} as turns
    inner join tickets on turns.ticket_id = tickets.ticket_id
    union all
    select
        ticket_id,
        'resolution' as metric,
        cast(0 as bigint) as turn_no,
        created_at as started_at,
        last_solved_at as finished_at,
        cast(null as timestamptz) as dropped_at
    from tickets
    where not has_unknown_solve_time and (last_solved_at is null or last_solved_at >= created_at)
),

final as (
    select
        obligations.ticket_id,
        obligations.metric,
        obligations.turn_no,
        obligations.started_at,
        obligations.finished_at,
        case when obligations.finished_at is null then obligations.dropped_at end as dropped_at,
        tickets.created_at,
        tickets.channel,
        tickets.priority,
        tickets.topic,
        tickets.first_team as team,
        tickets.schedule_id
    from obligations
    inner join tickets on obligations.ticket_id = tickets.ticket_id
    where
        obligations.started_at is not null
        -- A word of thanks on a solved ticket asks for nothing.
        and (
            obligations.finished_at is not null
            or obligations.dropped_at is null
            or obligations.dropped_at > obligations.started_at
        )
)

select * from final
