-- Chains of merges end at one survivor. In a circle, which no helpdesk means, the earliest ticket
-- survives, so that the case stays counted once.
with

reachable as (
    select * from {{ ref('fct_ticket_merge_path') }}
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
    inner join {{ ref('tickets') }} as tickets on reachable.reached_id = tickets.ticket_id
    group by reachable.ticket_id
),

chain_survivors as (
    select
        ticket_id,
        max(reached_id) as survivor_id
    from reachable
    where not is_merged_on
    group by ticket_id
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
    inner join {{ ref('tickets') }} as tickets on members.ticket_id = tickets.ticket_id
)

select * from final
