-- depends_on: {{ ref('changed_ticket') }}
-- depends_on: {{ ref('changed_ticket_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        meta={'plain_columns': ['ticket_id']},
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

-- A pause of no time changes nothing. Without the condition the planner takes the pauses for more
-- than the obligations, and keeps these, which are wide, in memory.
pauses as (
    select * from {{ ref('fct_sla_pause') }} where paused_us > 0 or is_paused
),

placed as (
    select
        governed.*,
        {{ sla_position('governed', 'at_start', 'governed.started_at') }} as started_us,
        {{ sla_position('governed', 'at_end', 'governed.until_at') }} as until_us
    from {{ ref('fct_sla_governed') }} as governed
    left join {{ ref('dim_business_interval') }} as at_start
        on {{ sla_interval('governed', 'at_start', 'governed.started_at') }}
    left join {{ ref('dim_business_interval') }} as at_end
        on {{ sla_interval('governed', 'at_end', 'governed.until_at') }}
),

clocked as (
    select
        placed.*,
        coalesce(paused.is_paused, false) as is_paused,
        case
            when placed.stopped_at is not null
                then
                    {{ int_div(
                        '(placed.until_us - placed.started_us - coalesce(paused.paused_us, 0))',
                        1000000
                    ) }}
        end as elapsed_s,
        -- As long as the clock stands still, its deadline moves away.
        case
            when not coalesce(paused.is_paused, false)
                then
                    placed.started_us
                    + placed.target_s * 1000000
                    + coalesce(paused.paused_before_target_us, 0)
        end as deadline_us
    from placed
    left join pauses as paused
        on
            placed.ticket_id = paused.ticket_id
            and placed.metric = paused.metric
            and placed.turn_no = paused.turn_no
),

final as (
    select
        clocked.ticket_id,
        clocked.metric,
        clocked.turn_no,
        clocked.channel,
        clocked.priority,
        clocked.topic,
        clocked.team,
        clocked.policy_channel,
        clocked.policy_priority,
        clocked.clock,
        clocked.target_s,
        clocked.started_at,
        clocked.finished_at,
        clocked.dropped_at,
        cast(clocked.elapsed_s as bigint) as elapsed_s,
        case
            when clocked.clock = 'business'
                then {{ add_microseconds('hours.opens_at', 'clocked.deadline_us - hours.from_us') }}
            else {{ instant_of_us('clocked.deadline_us') }}
        end as deadline_at,
        case
            when clocked.clock = 'business' and clocked.deadline_us = hours.until_us
                then hours.next_opens_at
            when clocked.clock = 'business'
                then {{ add_microseconds('hours.opens_at', 'clocked.deadline_us - hours.from_us') }}
            else {{ instant_of_us('clocked.deadline_us') }}
        end as late_after,
        clocked.is_paused,
        case
            when clocked.finished_at is not null then clocked.elapsed_s > clocked.target_s
            -- Dropped in time, nobody can say any more whether it would have been met.
            when clocked.elapsed_s > clocked.target_s then true
        end as is_breached
    from clocked
    left join {{ ref('dim_business_hour') }} as hours
        on
            clocked.clock = 'business'
            and clocked.schedule_id = hours.schedule_id
            and {{ int_div('(clocked.deadline_us - 1)', 3600000000) }} = hours.business_hour
            and clocked.deadline_us > hours.from_us
            and clocked.deadline_us <= hours.until_us
)

select * from final
