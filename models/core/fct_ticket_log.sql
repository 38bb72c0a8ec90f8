-- One pass over the log with conditional minima and maxima. What it cannot decide, the order of
-- several assignments or solves, is left to small passes over the tickets that have them.
with

events as (
    select *
    from {{ ref('ticket_events') }}
    where
        occurred_at <= {{ as_of() }}
        and {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

final as (
    select
        ticket_id,
        count(*) filter (where field = 'status') as status_events_n,
        min(occurred_at) filter (
            where field = 'status' and to_value in ('solved', 'closed')
        ) as first_solved_at,
        max(occurred_at) filter (
            where field = 'status' and to_value not in ('solved', 'closed', 'deleted')
        ) as last_unsolved_at,
        count(*) filter (
            where field = 'status'
            and (to_value in ('pending', 'hold') or from_value in ('pending', 'hold'))
        ) as pauses_n,
        min(occurred_at) filter (
            where field = 'status' and from_value not in ('new', 'open')
        ) as left_other_status_at,
        count(*) filter (where field = 'agent_id') as agent_id_events_n,
        min(occurred_at) filter (where field = 'agent_id') as agent_id_event_at,
        min(from_value) filter (where field = 'agent_id') as from_agent_id,
        min(to_value) filter (where field = 'agent_id') as to_agent_id,
        count(*) filter (where field = 'team') as team_events_n,
        min(occurred_at) filter (where field = 'team') as team_event_at,
        min(from_value) filter (where field = 'team') as from_team,
        min(to_value) filter (where field = 'team') as to_team
    from events
    where field in ('status', 'agent_id', 'team')
    group by ticket_id
)

select * from final
