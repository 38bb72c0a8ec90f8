with

-- Role and team are those at the time of what is credited; a bot is nobody's colleague.
credits as (
    select
        credits.*,
        {{ month_index_of('credits.credited_at') }} as month_no,
        coalesce(agents.team, credits.event_team) as known_team
    from {{ ref('fct_agent_credit') }} as credits
    left join {{ ref('dim_agent') }} as agents
        on
            credits.agent_id = agents.agent_id
            and {{ is_valid_at('agents', 'credits.credited_at') }}
    where credits.agent_id is not null and not coalesce(agents.is_bot, false)
),

-- An answer or a review without a ticket belongs to where its agent worked that month, if that is
-- one place.
workplaces as (
    select
        month_no,
        agent_id,
        case when count(distinct channel) = 1 then min(channel) end as only_channel,
        case when count(distinct known_team) = 1 then min(known_team) end as only_team
    from credits
    group by month_no, agent_id
),

placed as (
    select
        credits.*,
        coalesce(
            credits.known_team,
            case when credits.kind in ('rating', 'review') then workplaces.only_team end,
            'unknown'
        ) as team,
        coalesce(credits.channel, workplaces.only_channel, 'unknown') as place_channel
    from credits
    inner join workplaces
        on credits.month_no = workplaces.month_no and credits.agent_id = workplaces.agent_id
),

cells as (
    select
        month_no,
        agent_id,
        team,
        place_channel as channel,
        count(*) filter (where kind = 'contact') as contacts_n,
        count(*) filter (where is_answered) as answered_n,
        count(*) filter (where is_resolved) as resolved_n,
        count(*) filter (where kind = 'last_solve') as solved_n,
        avg(queue_s) as asa_s,
        avg(handle_s) as aht_s,
        {{ quantile('business_s', 0.5) }} filter (where kind = 'first_reply') as frt_median_s,
        avg(business_s) filter (where kind = 'first_reply') as frt_mean_s,
        {{ quantile('calendar_s', 0.5) }}
        filter (where kind = 'first_reply') as frt_median_s_calendar,
        avg(calendar_s) filter (where kind = 'first_reply') as frt_mean_s_calendar,
        {{ quantile('business_s', 0.5) }}
        filter (where kind = 'first_solve') as first_resolution_median_s,
        avg(business_s) filter (where kind = 'first_solve') as first_resolution_mean_s,
        {{ quantile('calendar_s', 0.5) }}
        filter (where kind = 'first_solve') as first_resolution_median_s_calendar,
        avg(calendar_s) filter (where kind = 'first_solve') as first_resolution_mean_s_calendar,
        {{ quantile('business_s', 0.5) }} filter (where kind = 'last_solve') as art_median_s,
        avg(business_s) filter (where kind = 'last_solve') as art_mean_s,
        {{ quantile('calendar_s', 0.5) }}
        filter (where kind = 'last_solve') as art_median_s_calendar,
        avg(calendar_s) filter (where kind = 'last_solve') as art_mean_s_calendar,
        avg(case when is_fcr then 1 when not is_fcr then 0 end) as fcr_rate,
        avg(case when is_reopened then 1 when not is_reopened then 0 end) as reopen_rate,
        avg(case when is_one_touch then 1 when not is_one_touch then 0 end) as one_touch_rate,
        avg(case when is_satisfied then 1 when not is_satisfied then 0 end) as csat,
        count(score) as csat_n,
        avg(score) as csat_mean_score,
        avg(review_score) as iqs,
        count(review_score) as iqs_n
    from placed
    group by month_no, agent_id, team, place_channel
),

-- Whoever was in the team during the month, or worked as if.
team_members as (
    select
        month_no,
        team,
        agent_id
    from cells
    union
    select
        months.month_no,
        agents.team,
        agents.agent_id
    from (select distinct month_no from cells) as months
    inner join {{ ref('dim_agent') }} as agents
        on
            not agents.is_bot
            and agents.role is distinct from 'ex_agent'
            and (
                agents.valid_from is null
                or {{ month_index_of('agents.valid_from') }} <= months.month_no
            )
            and (
                agents.valid_to is null
                or {{ month_index_of('agents.valid_to') }} >= months.month_no
            )
),

team_sizes as (
    select
        month_no,
        team,
        count(*) as team_agents_n
    from team_members
    group by month_no, team
),

final as (
    select
        cells.*,
        team_sizes.team_agents_n
    from cells
    inner join team_sizes
        on cells.month_no = team_sizes.month_no and cells.team = team_sizes.team
)

select * from final
