with

worked as (
    select * from {{ ref('agent_work_month') }}
),

judged as (
    select
        credits.*,
        coalesce(agents.team, credits.event_team) as known_team
    from {{ ref('fct_agent_credit') }} as credits
    left join {{ ref('dim_agent') }} as agents
        on
            credits.agent_id = agents.agent_id
            and {{ is_valid_at('agents', 'credits.credited_at') }}
    where
        credits.agent_id is not null
        and credits.kind in ('rating', 'review')
        and not coalesce(agents.is_bot, false)
),

places as (
    select
        month_no,
        agent_id,
        channel,
        least_team,
        greatest_team
    from worked
    union all
    select
        month_no,
        agent_id,
        channel,
        known_team as least_team,
        known_team as greatest_team
    from judged
),

-- An answer or a review without a ticket belongs to where its agent worked that month, if that is
-- one place.
workplaces as (
    select
        month_no,
        agent_id,
        case when min(channel) = max(channel) then min(channel) end as only_channel,
        case when min(least_team) = max(greatest_team) then min(least_team) end as only_team
    from places
    group by month_no, agent_id
),

rated as (
    select
        judged.month_no,
        judged.agent_id,
        coalesce(judged.known_team, workplaces.only_team, 'unknown') as team,
        coalesce(judged.channel, workplaces.only_channel, 'unknown') as channel,
        avg(case when judged.is_satisfied then 1 when not judged.is_satisfied then 0 end) as csat,
        count(judged.score) as csat_n,
        avg(judged.score) as csat_mean_score,
        avg(judged.review_score) as iqs,
        count(judged.review_score) as iqs_n
    from judged
    inner join workplaces
        on judged.month_no = workplaces.month_no and judged.agent_id = workplaces.agent_id
    group by all
),

-- One column per kind of credit.
done as (
    select
        month_no,
        agent_id,
        team,
        channel,
        sum(credits_n) filter (where kind = 'contact') as contacts_n,
        sum(answered_n) as answered_n,
        sum(resolved_n) as resolved_n,
        sum(credits_n) filter (where kind = 'last_solve') as solved_n,
        max(queue_s) as asa_s,
        max(handle_s) as aht_s,
        {{ agent_durations('frt', 'first_reply') }},
        {{ agent_durations('first_resolution', 'first_solve') }},
        {{ agent_durations('art', 'last_solve') }},
        max(fcr_rate) as fcr_rate,
        max(reopen_rate) as reopen_rate,
        max(one_touch_rate) as one_touch_rate
    from worked
    group by month_no, agent_id, team, channel
),

cells as (
    select
        coalesce(done.month_no, rated.month_no) as month_no,
        coalesce(done.agent_id, rated.agent_id) as agent_id,
        coalesce(done.team, rated.team) as team,
        coalesce(done.channel, rated.channel) as channel,
        cast(coalesce(done.contacts_n, 0) as bigint) as contacts_n,
        cast(coalesce(done.answered_n, 0) as bigint) as answered_n,
        cast(coalesce(done.resolved_n, 0) as bigint) as resolved_n,
        cast(coalesce(done.solved_n, 0) as bigint) as solved_n,
        done.asa_s,
        done.aht_s,
        done.frt_median_s,
        done.frt_mean_s,
        done.frt_median_s_calendar,
        done.frt_mean_s_calendar,
        done.first_resolution_median_s,
        done.first_resolution_mean_s,
        done.first_resolution_median_s_calendar,
        done.first_resolution_mean_s_calendar,
        done.art_median_s,
        done.art_mean_s,
        done.art_median_s_calendar,
        done.art_mean_s_calendar,
        done.fcr_rate,
        done.reopen_rate,
        done.one_touch_rate,
        rated.csat,
        coalesce(rated.csat_n, 0) as csat_n,
        rated.csat_mean_score,
        rated.iqs,
        coalesce(rated.iqs_n, 0) as iqs_n
    from done
    full join rated
        on
            done.month_no = rated.month_no
            and done.agent_id = rated.agent_id
            and done.team = rated.team
            and done.channel = rated.channel
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
