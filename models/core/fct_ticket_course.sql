{{ config(meta={'plain_columns': ['ticket_id', 'customer_id']}) }}

with

tickets as (
    select *
    from {{ ref('tickets') }}
    where {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

people as (
    select * from {{ ref('people') }}
),

merge_groups as (
    select * from {{ ref('fct_ticket_merge') }}
),

logs as (
    select * from {{ ref('fct_ticket_log') }}
),

talks as (
    select * from {{ ref('fct_ticket_talk') }}
),

own_staff as (
    select customer_id from {{ ref('customers') }} where is_internal
),

-- A call or chat that produced a ticket is counted as its ticket, whoever wrote that down (8.1).
demands as (
    select
        ticket_id,
        min(started_at) as asked_at
    from {{ ref('fct_contact') }} as contacts
    where
        {{ is_demand('contacts') }}
        and {{ among_changed('ticket_id', ref('changed_ticket')) }}
    group by ticket_id
),

deletions as (
    select * from {{ ref('fct_ticket_deletion') }}
),

-- What a source never delivers is unknown for all of its tickets, not zero (METRICS 18).
sources_with_events as (
    select source from {{ ref('ticket_events') }} group by source
),

sources_with_messages as (
    select source from {{ ref('messages') }} group by source
),

reopens as (
    select
        ticket_id,
        count(*) filter (where is_counted) as reopens_n,
        min(reopened_at) filter (where is_counted) as first_counted_reopen_at,
        max_by(coalesce(solved_again_at, 'infinity'), reopen_no) as solved_again_at
    from {{ ref('fct_ticket_reopen') }}
    where {{ among_changed('ticket_id', ref('changed_ticket')) }}
    group by ticket_id
),

told as (
    select
        tickets.ticket_id,
        tickets.source,
        tickets.load_id,
        coalesce(tickets.customer_id, people.customer_id) as customer_id,
        tickets.person_id,
        tickets.requester_address,
        tickets.channel,
        tickets.topic,
        tickets.priority,
        tickets.service,
        tickets.team,
        tickets.agent_id,
        tickets.status,
        tickets.agent_marked_fcr as is_agent_marked_fcr,
        tickets.first_assigned_at as stated_assigned_at,
        tickets.created_by,
        coalesce(tickets.created_by, 'customer') = 'customer'
        or coalesce(demands.asked_at <= tickets.created_at, false) as is_customer_initiated,
        -- The surviving ticket of a merge keeps the earliest creation (R13).
        case
            when merge_groups.is_merged then tickets.created_at
            else least(tickets.created_at, merge_groups.earliest_created_at)
        end as created_at,
        -- A ticket that was created solved has no event of it.
        case
            when logs.status_events_n > 0 then logs.first_solved_at
            when {{ is_past('tickets.solved_at') }} then tickets.solved_at
        end as first_solved_at,
        -- NULL while the ticket is reopened (METRICS 18).
        case
            when reopens.ticket_id is not null then nullif(reopens.solved_again_at, 'infinity')
            when logs.status_events_n > 0 then logs.first_solved_at
            when
                tickets.status not in ('new', 'open', 'pending', 'hold')
                and {{ is_past('tickets.solved_at') }}
                then tickets.solved_at
        end as last_solved_at,
        tickets.status in ('solved', 'closed')
        and tickets.solved_at is null
        and logs.first_solved_at is null
        and not coalesce(logs.is_solved_later, false)
            as has_unknown_solve_time,
        (tickets.source in (select source from sources_with_events)) as is_history_known,
        (tickets.source in (select source from sources_with_messages)) as has_messages,
        coalesce(reopens.reopens_n, 0) as reopens_n,
        reopens.first_counted_reopen_at,
        merge_groups.survivor_ticket_id,
        case
            when tickets.created_at > {{ as_of() }} then 'after_as_of'
            -- The ticket's own status is of today.
            when
                tickets.status = 'deleted'
                and (deletions.ticket_id is null or deletions.deleted_at is not null)
                then 'deleted'
            when merge_groups.is_merged then 'merged'
            when tickets.is_spam then 'spam'
            when tickets.is_test then 'test'
            when
                coalesce(tickets.customer_id, people.customer_id)
                in (select customer_id from own_staff)
                then 'internal'
        end as exclusion_reason,
        coalesce(logs.agent_id_events_n, 0) as agent_id_events_n,
        case when logs.agent_id_events_n > 0 then logs.routed_at end as agent_id_event_at,
        case when logs.agent_id_events_n > 0 then logs.routed_from end as from_agent_id,
        case when logs.agent_id_events_n > 0 then logs.routed_to end as to_agent_id,
        case when logs.team_events_n > 0 then logs.routed_at end as team_event_at,
        case when logs.team_events_n > 0 then logs.routed_from end as from_team,
        case when logs.team_events_n > 0 then logs.routed_to end as to_team,
        coalesce(logs.agent_id_events_n + logs.team_events_n > 1, false) as is_rerouted,
        talks.first_customer_message_at,
        talks.last_question_at,
        coalesce(talks.replies_n, 0) as all_replies_n,
        talks.earliest_reply_at,
        talks.latest_reply_at,
        talks.replier_agent_id,
        talks.other_replier_agent_id
    from tickets
    left join people on tickets.person_id = people.person_id
    left join merge_groups on tickets.ticket_id = merge_groups.ticket_id
    left join logs on tickets.ticket_id = logs.ticket_id
    left join talks on tickets.ticket_id = talks.ticket_id
    left join reopens on tickets.ticket_id = reopens.ticket_id
    left join deletions on tickets.ticket_id = deletions.ticket_id
    left join demands on tickets.ticket_id = demands.ticket_id
),

clocked as (
    select
        *,
        -- Nobody waits for an answer to what an agent opened until the customer writes (8.9).
        case when created_by = 'agent' then first_customer_message_at else created_at end
            as reply_clock_from
    from told
),

final as (
    select
        *,
        -- The earliest and the latest reply do not tell all: somebody replied before the clock ran,
        -- several people did, or some of it came after the solve.
        all_replies_n > 0
        and (
            replier_agent_id <> other_replier_agent_id
            or coalesce(earliest_reply_at < reply_clock_from, true)
            or (earliest_reply_at <= first_solved_at and latest_reply_at > first_solved_at)
        ) is true as needs_reply_order
    from clocked
)

select * from final
