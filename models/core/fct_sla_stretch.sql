{{ config(meta={'plain_columns': ['ticket_id']}) }}

-- A table: few tickets pause, and only theirs are to be placed on a clock.
with

policies as (
    select
        coalesce(bool_or(pauses_new), false) as pauses_new,
        coalesce(bool_or(pauses_open), false) as pauses_open,
        coalesce(bool_or(pauses_pending), false) as pauses_pending,
        coalesce(bool_or(pauses_hold), false) as pauses_hold,
        coalesce(bool_or(pauses_solved), false) as pauses_solved
    from {{ ref('dim_sla_policy') }}
),

intervals as (
    select intervals.*
    from {{ ref('fct_ticket_status_interval') }} as intervals
    cross join policies
    where
        {{ among_changed('intervals.ticket_id', ref('changed_ticket')) }}
        and {{ stands_still('policies', 'intervals') }}
),

final as (
    select
        governed.ticket_id,
        governed.metric,
        governed.turn_no,
        governed.schedule_id,
        governed.clock,
        governed.target_s,
        governed.created_at,
        governed.started_at,
        governed.stopped_at,
        governed.until_at,
        intervals.interval_no,
        intervals.from_at,
        intervals.to_at,
        intervals.business_from_us,
        intervals.business_to_us
    from {{ ref('fct_sla_governed') }} as governed
    inner join intervals
        on
            governed.ticket_id = intervals.ticket_id
            and governed.until_at > intervals.from_at
            and (intervals.to_at is null or governed.started_at < intervals.to_at)
    where {{ stands_still('governed', 'intervals') }}
)

select * from final
