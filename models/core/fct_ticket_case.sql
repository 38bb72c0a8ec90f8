{{ config(materialized='view') }}

with

held as (
    select * from {{ ref('fct_ticket_held') }}
),

-- Where a source delivers no contacts, the number of calls of its phone tickets is unknown.
sources_with_contacts as (
    select source from {{ ref('contacts') }} group by source
),

team_schedules as (
    select * from {{ ref('dim_team_schedule') }} where team is not null
),

final as (
    select
        held.*,
        coalesce(sessions.sessions_n, 0) as sessions_n,
        -- The messages of a chat belong to its session; on other tickets each reply is a contact.
        case
            when
                held.channel = 'phone'
                and held.source not in (select source from sources_with_contacts)
                then null
            when held.channel = 'chat'
                then
                    greatest(
                        coalesce(sessions.sessions_to_first_solve_n, 0),
                        least(held.replies_to_first_solve_n, 1)
                    )
            else coalesce(sessions.sessions_to_first_solve_n, 0) + held.replies_to_first_solve_n
        end as contacts_to_first_solve_n,
        bots.ticket_id is not null as is_bot_session,
        -- One schedule for the life of a ticket: that of its first team at its creation (R17).
        coalesce(team_schedules.schedule_id, 'fi_default') as schedule_id
    from held
    left join {{ ref('fct_ticket_session') }} as sessions on held.ticket_id = sessions.ticket_id
    left join {{ ref('fct_ticket_bot_session') }} as bots on held.ticket_id = bots.ticket_id
    left join team_schedules
        on
            held.first_team = team_schedules.team
            and {{ is_valid_at('team_schedules', 'held.created_at') }}
)

select * from final
