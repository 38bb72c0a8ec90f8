with

-- The team is the agent's on the day; a bot is never idle.
days as (
    select
        {{ month_index('worked.day') }} as month_no,
        {{ unknown_if_null('agents.team') }} as team,
        worked.handling_seconds as handling_s,
        worked.handling_seconds + worked.available_seconds as ready_s
    from {{ ref('agent_time') }} as worked
    left join {{ ref('dim_agent') }} as agents
        on
            worked.agent_id = agents.agent_id
            and {{ is_valid_at('agents', local_midnight('worked.day')) }}
    where
        worked.handling_seconds >= 0
        and worked.available_seconds >= 0
        and not coalesce(agents.is_bot, false)
        and {{ local_midnight('worked.day') }} <= {{ as_of() }}
),

named as (
    select
        days.*,
        {{ unknown_if_null('teams.unit') }} as unit
    from days
    left join {{ ref('dim_team_month') }} as teams
        on days.team = teams.team and days.month_no = teams.month_no
),

final as (
    select
        month_no,
        case
            when grouping(team) = 0 then 'team'
            when grouping(unit) = 0 then 'unit'
            else 'all'
        end as dim_name,
        coalesce(team, unit, 'all') as dim_value,
        coalesce(team, 'all') as team,
        sum(handling_s) as handling_s,
        sum(ready_s) as ready_s
    from named
    group by grouping sets ((month_no), (month_no, team), (month_no, unit))
)

select * from final
