{{ config(meta={'plain_columns': ['ticket_id']}) }}

with

moments as (
    select
        ticket_id,
        created_at,
        stated_assigned_at as first_assigned_at,
        first_reply_at,
        first_solved_at,
        last_solved_at
    from {{ ref('fct_ticket_replied') }}
    where is_rerouted
),

routing as (
    select
        ticket_id,
        occurred_at,
        field = 'team' as is_team,
        from_value,
        to_value,
        {{ log_position('occurred_at', 'event_id') }} as log_position
    from {{ ref('fct_ticket_event') }}
    where
        field in ('agent_id', 'team')
        and {{ is_past('occurred_at') }}
        and ticket_id in (select ticket_id from moments)
),

beginnings as (
    select
        moments.ticket_id,
        nullif(
            min_by(
                coalesce(routing.from_value, routing.to_value, ''), routing.log_position
            ) filter (where routing.is_team),
            ''
        ) as logged_team,
        nullif(
            min_by(
                coalesce(routing.from_value, ''), routing.log_position
            ) filter (where not routing.is_team),
            ''
        ) as logged_agent_id,
        min(routing.occurred_at) filter (
            where not routing.is_team and routing.to_value is not null
        ) as first_assignment_at
    from moments
    inner join routing on moments.ticket_id = routing.ticket_id
    group by moments.ticket_id
),

starts as (
    select
        moments.*,
        beginnings.logged_team,
        beginnings.logged_agent_id,
        case
            when beginnings.logged_agent_id is null and beginnings.first_assignment_at is not null
                then beginnings.first_assignment_at
            when beginnings.logged_agent_id is null then moments.first_assigned_at
            -- Assigned already when the log begins.
            else coalesce(moments.first_assigned_at, moments.created_at)
        end as logged_assigned_at
    from moments
    inner join beginnings on moments.ticket_id = beginnings.ticket_id
),

final as (
    select
        starts.ticket_id,
        any_value(starts.logged_team) as logged_team,
        any_value(starts.logged_agent_id) as logged_agent_id,
        any_value(starts.logged_assigned_at) as logged_assigned_at,
        -- One handover may change team and assignee at once; giving up a ticket is none.
        count(distinct routing.occurred_at) filter (
            where routing.occurred_at > starts.logged_assigned_at
            and routing.to_value is not null
            and coalesce(routing.from_value <> routing.to_value, true)
        ) as transfers_n,
        {{ last_set_by('starts.logged_assigned_at', 'routing.is_team') }} as team_by_assigned_at,
        {{ last_set_by('starts.first_reply_at', 'routing.is_team') }} as team_by_first_reply_at,
        {{ last_set_by('starts.first_solved_at', 'routing.is_team') }} as team_by_first_solved_at,
        {{ last_set_by('starts.last_solved_at', 'routing.is_team') }} as team_by_last_solved_at,
        {{ last_set_by('starts.first_reply_at', 'not routing.is_team') }}
            as agent_id_by_first_reply_at,
        {{ last_set_by('starts.first_solved_at', 'not routing.is_team') }}
            as agent_id_by_first_solved_at,
        {{ last_set_by('starts.last_solved_at', 'not routing.is_team') }}
            as agent_id_by_last_solved_at
    from starts
    inner join routing on starts.ticket_id = routing.ticket_id
    group by starts.ticket_id
)

select * from final
