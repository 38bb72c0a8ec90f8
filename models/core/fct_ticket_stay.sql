-- A merged ticket was a case of its own until it was merged, a deleted one likewise, and a survivor
-- became as old as it is by what it absorbed: a closed day keeps the backlog that it had.
with

people as (
    select * from {{ ref('people') }}
),

deletions as (
    select * from {{ ref('fct_ticket_deletion') }}
),

paths as (
    select * from {{ ref('fct_ticket_merge_path') }}
),

own_merges as (
    select
        paths.ticket_id,
        min(paths.reached_at) as merged_at
    from paths
    inner join {{ ref('fct_ticket_merge') }} as merge_groups
        on paths.ticket_id = merge_groups.ticket_id
    where merge_groups.is_merged
    group by paths.ticket_id
),

moved as (
    select ticket_id from paths
    union
    select reached_id as ticket_id from paths
    union
    select ticket_id from deletions
),

standing as (
    select
        tickets.ticket_id,
        tickets.created_at,
        least(
            own_merges.merged_at, case when tickets.status = 'deleted' then deletions.deleted_at end
        ) as left_at
    from {{ ref('tickets') }} as tickets
    inner join moved on tickets.ticket_id = moved.ticket_id
    left join people on tickets.person_id = people.person_id
    left join own_merges on tickets.ticket_id = own_merges.ticket_id
    left join deletions on tickets.ticket_id = deletions.ticket_id
    where
        {{ among_changed('tickets.ticket_id', ref('changed_ticket')) }}
        -- Of these nothing tells since when they count for nothing.
        and (tickets.status <> 'deleted' or deletions.ticket_id is not null)
        and not coalesce(tickets.is_spam, false)
        and not coalesce(tickets.is_test, false)
        and coalesce(tickets.customer_id, people.customer_id, '') not in (
            select customers.customer_id from {{ ref('customers') }} as customers
            where customers.is_internal
        )
        and tickets.ticket_id not in (
            select bots.ticket_id from {{ ref('fct_ticket_bot_session') }} as bots
        )
),

beginnings as (
    select
        ticket_id,
        created_at as from_at,
        created_at
    from standing
    union all
    select
        standing.ticket_id,
        paths.reached_at as from_at,
        absorbed.created_at
    from paths
    inner join standing on paths.reached_id = standing.ticket_id
    inner join {{ ref('tickets') }} as absorbed on paths.ticket_id = absorbed.ticket_id
),

steps as (
    select
        beginnings.ticket_id,
        beginnings.from_at,
        lead(beginnings.from_at) over (
            partition by beginnings.ticket_id
            order by beginnings.from_at asc nulls last, beginnings.created_at asc nulls last
        ) as next_at,
        min(beginnings.created_at) over (
            partition by beginnings.ticket_id
            order by beginnings.from_at asc nulls last, beginnings.created_at asc nulls last
            rows between unbounded preceding and current row
        ) as created_at,
        standing.left_at
    from beginnings
    inner join standing on beginnings.ticket_id = standing.ticket_id
),

final as (
    select
        ticket_id,
        from_at,
        -- NULL is no end, and the smaller of two ends is an end.
        least(next_at, left_at) as until_at,
        created_at
    from steps
    where from_at < least(next_at, left_at) or least(next_at, left_at) is null
)

select * from final
