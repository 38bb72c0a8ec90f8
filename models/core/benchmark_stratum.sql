with

units as (
    select * from {{ ref('dim_team_month') }}
    where unit is not null
),

tickets as (
    select
        tickets.*,
        {{ unknown_if_null('customers.segment') }} as segment
    from {{ counted_tickets(ref('fct_ticket')) }} as tickets
    left join {{ ref('customer_version') }} as customers
        on
            tickets.customer_id = customers.customer_id
            and {{ is_valid_at(
                'customers', 'coalesce(tickets.first_solved_at, tickets.first_reply_at)'
            ) }}
    where
        (tickets.first_solved_at is not null or tickets.first_reply_at is not null)
        -- Without units there is nothing to compare.
        and exists (select units.unit from units)
),

-- Half of the company's cases took no longer than this. A share of quick cases is compared like any
-- other share; a mean would be ruled by a few stale tickets (R8).
medians as (
    select
        metric_id,
        month_no,
        median_business
    from {{ ref('service_duration_month') }}
    where dim_name = 'all'
),

judged as (
    select
        'fcr' as metric_id,
        first_solved_month_no as month_no,
        team_at_first_solve as team,
        channel,
        topic,
        segment,
        is_fcr as is_met
    from tickets
    where is_fcr is not null
    union all
    select
        'one_touch_rate' as metric_id,
        last_solved_month_no as month_no,
        team_at_last_solve as team,
        channel,
        topic,
        segment,
        is_one_touch as is_met
    from tickets
    where is_one_touch is not null
    union all
    {{ quick_durations('tickets', 'medians') }}
),

counted as (
    select
        metric_id,
        month_no,
        team,
        channel,
        topic,
        segment,
        count(*) as n,
        count(*) filter (where is_met) as met_n
    from judged
    group by metric_id, month_no, team, channel, topic, segment
),

strata as (
    select
        case answers.instrument
            when 'nps' then 'promoter_share'
            when 'csat' then 'csat'
            when 'ces' then 'ces_easy_share'
            when 'expectation' then 'expectation_met_rate'
        end as metric_id,
        answers.measurement_level,
        answers.month_no,
        answers.unit,
        answers.channel,
        {{ unknown_if_null('tickets.topic') }} as topic,
        answers.segment,
        1 as n,
        case when answers.bucket = 1 then 1 else 0 end as met_n
    from {{ ref('cx_answer') }} as answers
    left join {{ ref('fct_ticket') }} as tickets on answers.ticket_id = tickets.ticket_id
    where answers.instrument <> 'enps'
    union all
    select
        counted.metric_id,
        'all' as measurement_level,
        counted.month_no,
        {{ unknown_if_null('units.unit') }} as unit,
        counted.channel,
        {{ unknown_if_null('counted.topic') }} as topic,
        counted.segment,
        counted.n,
        counted.met_n
    from counted
    left join units on counted.team = units.team and counted.month_no = units.month_no
),

final as (
    select
        metric_id,
        measurement_level,
        month_no,
        unit,
        channel,
        topic,
        segment,
        cast(sum(n) as bigint) as n,
        cast(sum(met_n) as bigint) as met_n
    from strata
    where
        {{ local_midnight(month_start('month_no + 1')) }} <= {{ as_of() }}
        and (
            metric_id <> 'fcr'
            or {{ add_seconds(
                local_midnight(month_start('month_no + 1')), var('fcr_window_days') ~ ' * 86400'
            ) }} <= {{ as_of() }}
        )
    group by metric_id, measurement_level, month_no, unit, channel, topic, segment
)

select * from final
