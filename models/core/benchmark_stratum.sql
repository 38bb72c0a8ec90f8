with

units as (
    select
        team,
        unit
    from {{ ref('teams') }}
    where unit is not null
    qualify row_number() over (partition by team order by valid_from desc nulls last) = 1
),

tickets as (
    select
        tickets.*,
        {{ unknown_if_null('customers.segment') }} as segment
    from {{ ref('fct_ticket') }} as tickets
    left join {{ ref('customer_version') }} as customers
        on
            tickets.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'tickets.first_solved_at') }}
    where
        tickets.exclusion_reason is null
        and tickets.first_solved_at is not null
        -- Without units there is nothing to compare.
        and exists (select units.unit from units)
),

cases as (
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
        answers.bucket = 1 as is_met
    from {{ ref('cx_answer') }} as answers
    left join {{ ref('fct_ticket') }} as tickets on answers.ticket_id = tickets.ticket_id
    where answers.instrument <> 'enps'
    union all
    select
        'fcr' as metric_id,
        'all' as measurement_level,
        {{ month_index_of('tickets.first_solved_at') }} as month_no,
        {{ unknown_if_null('units.unit') }} as unit,
        tickets.channel,
        {{ unknown_if_null('tickets.topic') }} as topic,
        tickets.segment,
        tickets.is_fcr as is_met
    from tickets
    left join units on tickets.team_at_first_solve = units.team
    where tickets.is_fcr is not null
    union all
    select
        'one_touch_rate' as metric_id,
        'all' as measurement_level,
        {{ month_index_of('tickets.last_solved_at') }} as month_no,
        {{ unknown_if_null('units.unit') }} as unit,
        tickets.channel,
        {{ unknown_if_null('tickets.topic') }} as topic,
        tickets.segment,
        tickets.is_one_touch as is_met
    from tickets
    left join units on tickets.team_at_last_solve = units.team
    where tickets.is_one_touch is not null
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
        count(*) as n,
        count(*) filter (where is_met) as met_n
    from cases
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
