{{ config(meta={'plain_columns': ['ticket_id']}) }}

-- One pass over the log with conditional minima and maxima. What it cannot decide, the order of
-- several assignments or solves, is left to small passes over the tickets that have them.
with

events as (
    select
        ticket_id,
        occurred_at,
        from_value,
        to_value,
        {{ is_past('occurred_at') }} as is_past,
        field = 'status' as is_status,
        field = 'agent_id' as is_agent,
        field = 'status' and to_value in ('solved', 'closed') as is_solve
    from {{ ref('fct_ticket_event') }}
    where field in ('status', 'agent_id', 'team')
),

-- What an event is, said once, so that no aggregate compares texts.
kinds as (
    select
        ticket_id,
        occurred_at,
        from_value,
        to_value,
        is_past and is_status as is_status,
        is_past and is_solve as is_solve,
        not is_past and is_solve as is_later_solve,
        is_past and is_status and not is_solve and to_value <> 'deleted' as is_unsolve,
        is_past
        and is_status
        and (to_value in ('pending', 'hold') or from_value in ('pending', 'hold')) as is_pause,
        is_past and is_status and from_value not in ('new', 'open') as is_from_other,
        is_past and not is_status as is_routing,
        is_past and is_agent as is_agent,
        is_past and not is_status and not is_agent as is_team
    from events
),

final as (
    select
        ticket_id,
        count(case when is_status then 1 end) as status_events_n,
        min(case when is_solve then occurred_at end) as first_solved_at,
        -- The ticket's own status is of today. Whoever looks from an earlier as_of has to know that
        -- an event solves it later, or the backlog of a day would change with the day that it is
        -- asked on.
        bool_or(is_later_solve) as is_solved_later,
        max(case when is_unsolve then occurred_at end) as last_unsolved_at,
        count(case when is_pause then 1 end) as pauses_n,
        min(case when is_from_other then occurred_at end) as left_other_status_at,
        count(case when is_agent then 1 end) as agent_id_events_n,
        count(case when is_team then 1 end) as team_events_n,
        -- Of a ticket that was routed once only; core.fct_ticket_routing knows the others.
        min(case when is_routing then occurred_at end) as routed_at,
        min(case when is_routing then from_value end) as routed_from,
        min(case when is_routing then to_value end) as routed_to
    from kinds
    group by ticket_id
)

select * from final
