{{ config(materialized='view') }}

with

-- Who held the ticket is told by its only event or the ticket itself, unless it was routed more
-- than once.
begun as (
    select * from {{ ref('fct_ticket_replied') }}
),

routed as (
    select
        begun.*,
        -- R17: the team that the ticket was first routed to.
        coalesce(
            case
                when begun.is_rerouted then routing.logged_team
                else coalesce(begun.from_team, begun.to_team)
            end,
            begun.team
        ) as first_team,
        case
            when begun.agent_id_events_n = 0 then begun.agent_id
            when begun.is_rerouted then routing.logged_agent_id
            else begun.from_agent_id
        end as first_agent_id,
        case
            when begun.is_rerouted then routing.logged_assigned_at
            when begun.agent_id_events_n = 0 then begun.stated_assigned_at
            when begun.from_agent_id is null and begun.to_agent_id is not null
                then begun.agent_id_event_at
            -- Assigned already when the log begins.
            else coalesce(begun.stated_assigned_at, begun.created_at)
        end as assigned_at,
        routing.transfers_n as rerouted_transfers_n,
        {{ holder_at('assigned_at', 'team') }} as team_at_first_assignment,
        {{ holder_at('begun.first_reply_at', 'team') }} as team_at_first_reply,
        {{ holder_at('begun.first_solved_at', 'team') }} as team_at_first_solve,
        {{ holder_at('begun.last_solved_at', 'team') }} as team_at_last_solve,
        {{ holder_at('begun.first_solved_at', 'agent_id') }} as assignee_at_first_solve,
        {{ holder_at('begun.last_solved_at', 'agent_id') }} as assignee_at_last_solve
    from begun
    left join {{ ref('fct_ticket_routing') }} as routing on begun.ticket_id = routing.ticket_id
),

final as (
    select
        *,
        case
            when not is_history_known then null
            when is_rerouted then rerouted_transfers_n
            -- A single event is a transfer if the ticket had an assignee before it.
            when
                agent_id_event_at > assigned_at
                and to_agent_id is not null
                and coalesce(from_agent_id <> to_agent_id, true)
                then 1
            when
                team_event_at > assigned_at
                and to_team is not null
                and coalesce(from_team <> to_team, true)
                then 1
            else 0
        end as transfers_n
    from routed
)

select * from final
