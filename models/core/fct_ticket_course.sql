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

own_staff as (
    select customer_id from {{ ref('customers') }} where is_internal
),

-- What a source never delivers is unknown for all of its tickets, not zero (METRICS 18).
sources_with_events as (
    select source from {{ ref('ticket_events') }} group by source
),

sources_with_messages as (
    select source from {{ ref('messages') }} group by source
),

-- The ticket's own status is of today. Whoever looks from an earlier as_of has to know that an
-- event solves it later, or the backlog of a day would change with the day that it is asked on.
solved_later as (
    select ticket_id
    from {{ ref('ticket_events') }}
    where
        field = 'status'
        and to_value in ('solved', 'closed')
        and occurred_at > {{ as_of() }}
        and {{ among_changed('ticket_id', ref('changed_ticket')) }}
    group by ticket_id
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

final as (
    select
        tickets.ticket_id,
        coalesce(tickets.customer_id, people.customer_id) as customer_id,
        tickets.topic,
        tickets.created_by,
        coalesce(tickets.created_by, 'customer') = 'customer' as is_customer_initiated,
        -- The surviving ticket of a merge keeps the earliest creation (R13).
        case
            when merge_groups.is_merged then tickets.created_at
            else least(tickets.created_at, merge_groups.earliest_created_at)
        end as created_at,
        -- A ticket that was created solved has no event of it.
        case
            when logs.status_events_n > 0 then logs.first_solved_at
            when tickets.solved_at <= {{ as_of() }} then tickets.solved_at
        end as first_solved_at,
        -- NULL while the ticket is reopened (METRICS 18).
        case
            when reopens.ticket_id is not null then nullif(reopens.solved_again_at, 'infinity')
            when logs.status_events_n > 0 then logs.first_solved_at
            when
                tickets.status not in ('new', 'open', 'pending', 'hold')
                and tickets.solved_at <= {{ as_of() }}
                then tickets.solved_at
        end as last_solved_at,
        tickets.status in ('solved', 'closed')
        and tickets.solved_at is null
        and logs.first_solved_at is null
        and tickets.ticket_id not in (select ticket_id from solved_later)
            as has_unknown_solve_time,
        (tickets.source in (select source from sources_with_events)) as is_history_known,
        (tickets.source in (select source from sources_with_messages)) as has_messages,
        coalesce(reopens.reopens_n, 0) as reopens_n,
        reopens.first_counted_reopen_at,
        merge_groups.survivor_ticket_id,
        case
            when tickets.created_at > {{ as_of() }} then 'after_as_of'
            when tickets.status = 'deleted' then 'deleted'
            when merge_groups.is_merged then 'merged'
            when tickets.is_spam then 'spam'
            when tickets.is_test then 'test'
            when
                coalesce(tickets.customer_id, people.customer_id)
                in (select customer_id from own_staff)
                then 'internal'
        end as exclusion_reason
    from tickets
    left join people on tickets.person_id = people.person_id
    left join merge_groups on tickets.ticket_id = merge_groups.ticket_id
    left join logs on tickets.ticket_id = logs.ticket_id
    left join reopens on tickets.ticket_id = reopens.ticket_id
)

select * from final
