{{ config(materialized='view') }}

with

theirs as (
    select
        *,
        -- Where Zendesk applies no schedule, it counts no business time at all.
        count(vendor_minutes) over (partition by ticket_id, clock) as kept_n,
        metric || ' ' || clock as measure
    from {{ ref('vendor_ticket_time') }}
),

tickets as (
    select * from {{ ref('fct_ticket') }}
),

-- Whatever looks like an answer to a machine that counts answers.
machine_replies as (
    select
        messages.ticket_id,
        {{ elapsed_s('tickets.created_at', 'messages.sent_at') }} as after_s
    from {{ ref('messages') }} as messages
    inner join tickets on messages.ticket_id = tickets.ticket_id
    where
        messages.ticket_id in (select ticket_id from theirs)
        and messages.is_public
        and (messages.author_type = 'bot' or messages.is_automated)
),

counted as (
    select
        theirs.ticket_id,
        theirs.metric,
        theirs.clock,
        theirs.vendor_minutes,
        theirs.kept_n,
        theirs.told_at,
        tickets.survivor_ticket_id is not null as is_merged,
        tickets.last_solved_at is null as is_unsolved,
        tickets.created_by = 'agent' as is_opened_by_agent,
        tickets.is_answered_live,
        case
            when theirs.metric = 'first_reply' then tickets.has_messages
            else tickets.is_history_known
        end as is_known,
        case theirs.measure
            when 'first_reply calendar' then tickets.frt_calendar_s
            when 'first_reply business' then tickets.frt_business_s
            when 'first_resolution calendar' then tickets.first_resolution_calendar_s
            when 'first_resolution business' then tickets.first_resolution_business_s
            when 'full_resolution calendar' then tickets.full_resolution_calendar_s
            when 'full_resolution business' then tickets.full_resolution_business_s
            when 'requester_wait calendar' then tickets.requester_wait_calendar_s
            when 'requester_wait business' then tickets.requester_wait_business_s
            when 'agent_wait calendar' then tickets.agent_wait_calendar_s
            when 'agent_wait business' then tickets.agent_wait_business_s
            when 'on_hold calendar' then tickets.on_hold_calendar_s
            when 'on_hold business' then tickets.on_hold_business_s
        end as our_s
    from theirs
    inner join tickets on theirs.ticket_id = tickets.ticket_id
),

compared as (
    select
        counted.*,
        counted.our_s - 60 * counted.vendor_minutes as difference_s,
        -- Zendesk counts whole minutes; nobody says which way they are rounded.
        coalesce(
            abs(counted.our_s - 60 * counted.vendor_minutes) < 60,
            counted.our_s is null and counted.vendor_minutes is null
        ) as is_equal,
        exists(
            select 1
            from machine_replies
            where
                machine_replies.ticket_id = counted.ticket_id
                and abs(machine_replies.after_s - 60 * counted.vendor_minutes) < 60
        ) as is_of_machine
    from counted
),

-- What the calendar explains, it explains on both clocks.
explained as (
    select
        compared.*,
        case
            when compared.is_equal then 'equal'
            when compared.told_at > {{ as_of() }} then 'after_as_of'
            when not compared.is_known then 'history_unknown'
            when compared.is_merged then 'merged'
            when compared.metric = 'first_reply' and compared.is_of_machine then 'machine_reply'
            when compared.metric = 'first_reply' and compared.is_answered_live then 'answered_live'
            when compared.metric = 'first_reply' and compared.is_opened_by_agent
                then 'opened_by_agent'
            when compared.metric <> 'first_reply' and compared.is_unsolved then 'not_solved'
        end as own_reason
    from compared
),

related as (
    select
        explained.*,
        max(case when explained.clock = 'calendar' then explained.own_reason end) over (
            partition by explained.ticket_id, explained.metric
        ) as calendar_reason
    from explained
),

final as (
    select
        related.ticket_id,
        related.metric,
        related.clock,
        related.our_s,
        related.vendor_minutes,
        related.difference_s,
        case
            when related.is_equal then 'equal'
            when related.vendor_minutes is null and related.kept_n = 0 then 'not_kept'
            when related.clock = 'calendar' then coalesce(related.own_reason, 'unexplained')
            when related.calendar_reason = 'equal' then 'schedule'
            else coalesce(related.calendar_reason, 'unexplained')
        end as reason
    from related
)

select * from final
