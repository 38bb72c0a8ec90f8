-- depends_on: {{ ref('changed_ticket') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

tickets as (
    select *
    from {{ ref('fct_ticket') }}
    where
        exclusion_reason is null
        and has_messages
        and not has_unknown_solve_time
        and {{ among_changed('ticket_id', ref('changed_ticket')) }}
        -- Without a log nobody knows since when it waits for the customer.
        and (is_history_known or status not in ('pending', 'hold'))
),

-- The last word is the customer's: the request itself, or what was written after a reply.
turns as (
    select
        ticket_id,
        reply_clock_from as from_at,
        first_reply_at as to_at
    from tickets
    where
        reply_clock_from is not null
        and not is_answered_live
        and coalesce(created_by, 'customer') <> 'system'
    union all
    select
        ticket_id,
        asked_at as from_at,
        replied_at as to_at
    from {{ ref('fct_ticket_turn') }}
    where {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

intervals as (
    select * from {{ ref('fct_ticket_status_interval') }}
    where {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

interrupted as (
    select ticket_id from intervals
    group by ticket_id
),

-- New or open: neither solved nor waiting for the customer or for somebody else.
workable as (
    select
        ticket_id,
        from_at,
        to_at
    from intervals
    where status in ('new', 'open')
    union all
    select
        ticket_id,
        created_at as from_at,
        first_solved_at as to_at
    from tickets
    where ticket_id not in (select ticket_id from interrupted)
),

waits as (
    select
        turns.ticket_id,
        greatest(turns.from_at, workable.from_at) as from_at,
        -- NULL is no end, and the smaller of two ends is an end.
        least(turns.to_at, workable.to_at) as to_at
    from turns
    inner join workable
        on
            turns.ticket_id = workable.ticket_id
            and (workable.to_at is null or turns.from_at < workable.to_at)
            and (turns.to_at is null or turns.to_at > workable.from_at)
),

days as (
    select
        ticket_id,
        {{ local_date('from_at') }} as from_on,
        {{ local_date('to_at') }} as to_on
    from waits
    where to_at is null or from_at < to_at
),

final as (
    select
        days.ticket_id,
        tickets.requester,
        tickets.channel,
        tickets.first_team as team,
        tickets.topic,
        tickets.priority,
        days.from_on,
        days.to_on,
        {{ local_date('tickets.created_at') }} as created_on
    from days
    inner join tickets on days.ticket_id = tickets.ticket_id
    where days.to_on is null or days.from_on < days.to_on
)

select * from final
