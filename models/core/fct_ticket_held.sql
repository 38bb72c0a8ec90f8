{{ config(materialized='view') }}

with

-- Who held the ticket is told by its only event or the ticket itself, unless it was routed more
-- than once.
begun as (
    select
        course.*,
        tickets.source,
        tickets.load_id,
        tickets.person_id,
        -- Who waits is counted once; the unknown by the address they write from (8.4).
        coalesce(
            'customer ' || course.customer_id,
            'person ' || tickets.person_id,
            'address ' || tickets.requester_address,
            'ticket ' || course.ticket_id
        ) as requester,
        tickets.channel,
        tickets.priority,
        tickets.service,
        tickets.team,
        tickets.agent_id,
        tickets.status,
        tickets.agent_marked_fcr as is_agent_marked_fcr,
        tickets.first_assigned_at as stated_assigned_at,
        logs.agent_id_event_at,
        logs.from_agent_id,
        logs.to_agent_id,
        logs.team_event_at,
        logs.from_team,
        logs.to_team,
        coalesce(logs.agent_id_events_n, 0) as agent_id_events_n,
        coalesce(logs.agent_id_events_n + logs.team_events_n > 1, false) as is_rerouted
    from {{ ref('fct_ticket_course') }} as course
    inner join {{ ref('tickets') }} as tickets on course.ticket_id = tickets.ticket_id
    left join {{ ref('fct_ticket_log') }} as logs on course.ticket_id = logs.ticket_id
),

routed as (
    select
        begun.*,
        replies.reply_clock_from,
        replies.first_reply_at,
        replies.first_responder_agent_id,
        case when begun.has_messages then coalesce(replies.replies_n, 0) end as replies_n,
        case
            when begun.has_messages then coalesce(replies.replies_to_first_solve_n, 0)
        end as replies_to_first_solve_n,
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
        {{ holder_at('replies.first_reply_at', 'team') }} as team_at_first_reply,
        {{ holder_at('begun.first_solved_at', 'team') }} as team_at_first_solve,
        {{ holder_at('begun.last_solved_at', 'team') }} as team_at_last_solve,
        {{ holder_at('begun.first_solved_at', 'agent_id') }} as assignee_at_first_solve,
        {{ holder_at('begun.last_solved_at', 'agent_id') }} as assignee_at_last_solve
    from begun
    left join {{ ref('fct_ticket_reply') }} as replies on begun.ticket_id = replies.ticket_id
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
