-- Chains of merges end at one survivor. In a circle, which no helpdesk means, the earliest ticket
-- survives, so that the case stays counted once.
with recursive

tickets as (
    select * from {{ ref('tickets') }}
),

merge_events as (
    select
        ticket_id,
        max_by(to_value, {{ log_position('occurred_at', 'event_id') }})
        filter (where occurred_at <= {{ as_of() }}) as merged_into,
        min(occurred_at) <= {{ as_of() }} as is_merged_yet
    from {{ ref('ticket_events') }}
    where field = 'merged_into' and to_value is not null
    group by ticket_id
),

edges as (
    select
        tickets.ticket_id,
        coalesce(merge_events.merged_into, tickets.merged_into_ticket_id) as merged_into
    from tickets
    left join merge_events on tickets.ticket_id = merge_events.ticket_id
    where
        coalesce(merge_events.is_merged_yet, true)
        and {{ is_past('tickets.created_at') }}
        and coalesce(merge_events.merged_into, tickets.merged_into_ticket_id)
        <> tickets.ticket_id
),

-- UNION, not UNION ALL: a pair that is known already is not followed again.
reachable as (
    select
        ticket_id,
        merged_into as reached_id
    from edges
    union
    select
        reachable.ticket_id,
        edges.merged_into as reached_id
    from reachable
    inner join edges on reachable.reached_id = edges.ticket_id
),

circular as (
    select ticket_id from reachable where ticket_id = reached_id
),

-- The tickets of one circle reach the same tickets; the earliest of them stands for all.
circle_survivors as (
    select
        reachable.ticket_id,
        min_by(reachable.reached_id, (tickets.created_at, tickets.ticket_id)) as survivor_id
    from reachable
    inner join circular on reachable.reached_id = circular.ticket_id
    inner join tickets on reachable.reached_id = tickets.ticket_id
    group by reachable.ticket_id
),

chain_survivors as (
    select
        reachable.ticket_id,
        max(reachable.reached_id) as survivor_id
    from reachable
    left join edges on reachable.reached_id = edges.ticket_id
    where edges.ticket_id is null
    group by reachable.ticket_id
),

survivors as (
    select
        ticket_id,
        survivor_id
    from chain_survivors
    union all
    select
        ticket_id,
        survivor_id
    from circle_survivors
),

members as (
    select
        ticket_id,
        survivor_id
    from survivors
    union
    select
        survivor_id as ticket_id,
        survivor_id
    from survivors
),

final as (
    select
        members.ticket_id,
        members.survivor_id as survivor_ticket_id,
        members.ticket_id <> members.survivor_id as is_merged,
        min(tickets.created_at) over (partition by members.survivor_id) as earliest_created_at
    from members
    inner join tickets on members.ticket_id = tickets.ticket_id
)

select * from final
