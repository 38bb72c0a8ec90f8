-- Whose case each merged ticket became, and since when: where only the ticket's own column tells of
-- its merge, it was never a case of its own.
with recursive

tickets as (
    select * from {{ ref('tickets') }}
),

merge_events as (
    select
        ticket_id,
        max_by(to_value, {{ log_position('occurred_at', 'event_id') }})
        filter (where {{ is_past('occurred_at') }}) as merged_into,
        min(occurred_at) as merged_at
    from {{ ref('ticket_events') }}
    where field = 'merged_into' and to_value is not null
    group by ticket_id
),

edges as (
    select
        tickets.ticket_id,
        coalesce(merge_events.merged_into, tickets.merged_into_ticket_id) as merged_into,
        greatest(tickets.created_at, merge_events.merged_at) as merged_at
    from tickets
    left join merge_events on tickets.ticket_id = merge_events.ticket_id
    where
        (merge_events.ticket_id is null or {{ is_past('merge_events.merged_at') }})
        and {{ is_past('tickets.created_at') }}
        and coalesce(merge_events.merged_into, tickets.merged_into_ticket_id)
        <> tickets.ticket_id
),

-- UNION, not UNION ALL: a pair that is known already is not followed again.
reachable as (
    select
        ticket_id,
        merged_into as reached_id,
        merged_at as reached_at
    from edges
    union
    select
        reachable.ticket_id,
        edges.merged_into as reached_id,
        greatest(reachable.reached_at, edges.merged_at) as reached_at
    from reachable
    inner join edges on reachable.reached_id = edges.ticket_id
),

-- Around a circle a ticket comes to the same one again, only later.
final as (
    select
        reachable.ticket_id,
        reachable.reached_id,
        edges.ticket_id is not null as is_merged_on,
        min(reachable.reached_at) as reached_at
    from reachable
    left join edges on reachable.reached_id = edges.ticket_id
    group by reachable.ticket_id, reachable.reached_id, edges.ticket_id
)

select * from final
