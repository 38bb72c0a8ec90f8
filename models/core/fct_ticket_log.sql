-- One pass over the log with conditional minima and maxima. What it cannot decide, the order of
-- several assignments or solves, is left to small passes over the tickets that have them.
with

events as (
    select
        ticket_id,
        occurred_at,
        from_value,
        to_value,
        case when occurred_at <= {{ as_of() }} then field end as changed,
        field = 'status' and to_value in ('solved', 'closed') as is_solve
    from {{ ref('fct_ticket_event') }}
    where field in ('status', 'agent_id', 'team')
),

final as (
    select
        ticket_id,
        count(*) filter (where changed = 'status') as status_events_n,
        min(occurred_at) filter (where changed is not null and is_solve) as first_solved_at,
        -- The ticket's own status is of today. Whoever looks from an earlier as_of has to know that
        -- an event solves it later, or the backlog of a day would change with the day that it is
        -- asked on.
        bool_or(changed is null and is_solve) as is_solved_later,
        max(occurred_at) filter (
            where changed = 'status' and to_value not in ('solved', 'closed', 'deleted')
        ) as last_unsolved_at,
        count(*) filter (
            where changed = 'status'
            and (to_value in ('pending', 'hold') or from_value in ('pending', 'hold'))
        ) as pauses_n,
        min(occurred_at) filter (
            where changed = 'status' and from_value not in ('new', 'open')
        ) as left_other_status_at,
        count(*) filter (where changed = 'agent_id') as agent_id_events_n,
        min(occurred_at) filter (where changed = 'agent_id') as agent_id_event_at,
        min(from_value) filter (where changed = 'agent_id') as from_agent_id,
        min(to_value) filter (where changed = 'agent_id') as to_agent_id,
        count(*) filter (where changed = 'team') as team_events_n,
        min(occurred_at) filter (where changed = 'team') as team_event_at,
        min(from_value) filter (where changed = 'team') as from_team,
        min(to_value) filter (where changed = 'team') as to_team
    from events
    group by ticket_id
)

select * from final
