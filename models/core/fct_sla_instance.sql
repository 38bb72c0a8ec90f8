-- depends_on: {{ ref('changed_ticket') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

governed as (
    select
        obligations.*,
        targets.policy_channel,
        targets.policy_priority,
        targets.target_s,
        targets.clock,
        targets.pauses_new,
        targets.pauses_open,
        targets.pauses_pending,
        targets.pauses_hold,
        targets.pauses_solved,
        coalesce(obligations.finished_at, obligations.dropped_at) as stopped_at,
        coalesce(obligations.finished_at, obligations.dropped_at, {{ as_of() }}) as until_at
    from {{ ref('fct_sla_obligation') }} as obligations
    inner join {{ ref('dim_sla_target') }} as targets
        on
            obligations.channel = targets.channel
            and {{ unknown_if_null('obligations.priority') }} = targets.priority
            and obligations.metric = targets.metric
            and {{ is_valid_at('targets', 'obligations.started_at') }}
),

placed as (
    select
        governed.*,
        {{ sla_position('governed', 'at_creation', 'governed.created_at') }} as created_us,
        {{ sla_position('governed', 'at_start', 'governed.started_at') }} as started_us,
        {{ sla_position('governed', 'at_end', 'governed.until_at') }} as until_us
    from governed
    left join {{ ref('dim_business_interval') }} as at_creation
        on {{ sla_interval('governed', 'at_creation', 'governed.created_at') }}
    left join {{ ref('dim_business_interval') }} as at_start
        on {{ sla_interval('governed', 'at_start', 'governed.started_at') }}
    left join {{ ref('dim_business_interval') }} as at_end
        on {{ sla_interval('governed', 'at_end', 'governed.until_at') }}
),

stretches as (
    select
        placed.ticket_id,
        placed.metric,
        placed.turn_no,
        placed.started_us,
        placed.target_s,
        intervals.interval_no,
        placed.stopped_at is null and intervals.to_at is null as lasts,
        greatest(
            case placed.clock
                when 'business' then placed.created_us + intervals.business_from_us
                else epoch_us(intervals.from_at)
            end,
            placed.started_us
        ) as from_us,
        least(
            case placed.clock
                when 'business' then placed.created_us + intervals.business_to_us
                else epoch_us(intervals.to_at)
            end,
            placed.until_us
        ) as to_us
    from placed
    inner join {{ ref('fct_ticket_status_interval') }} as intervals
        on
            placed.ticket_id = intervals.ticket_id
            and placed.until_at > intervals.from_at
            and (intervals.to_at is null or placed.started_at < intervals.to_at)
    where {{ stands_still('placed', 'intervals') }}
),

pauses as (
    select
        *,
        to_us - from_us as paused_us,
        -- What had run before it, the earlier pauses taken out. A pause that begins just on target
        -- keeps the ticket on time.
        from_us - started_us - coalesce(
            sum(to_us - from_us) over (
                partition by ticket_id, metric, turn_no
                order by interval_no asc nulls last
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) <= target_s * 1000000 as is_before_target
    from stretches
),

paused as (
    select
        ticket_id,
        metric,
        turn_no,
        cast(sum(paused_us) as bigint) as paused_us,
        cast(
            coalesce(sum(paused_us) filter (where is_before_target), 0) as bigint
        ) as paused_before_target_us,
        bool_or(lasts and is_before_target) as is_paused
    from pauses
    group by ticket_id, metric, turn_no
),

clocked as (
    select
        placed.*,
        coalesce(paused.is_paused, false) as is_paused,
        case
            when placed.stopped_at is not null
                then
                    (placed.until_us - placed.started_us - coalesce(paused.paused_us, 0))
                    // 1000000
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
    left join paused
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
            and (clocked.deadline_us - 1) // 3600000000 = hours.business_hour
            and clocked.deadline_us > hours.from_us
            and clocked.deadline_us <= hours.until_us
)

select * from final
