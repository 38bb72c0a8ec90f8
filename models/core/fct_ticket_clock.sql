{{ config(materialized='view') }}

with

intervals as (
    select * from {{ ref('dim_business_interval') }}
),

-- No duration runs backwards, whatever the source's clocks say.
cases as (
    select
        *,
        -- Calls are answered at once: they have the speed of answer instead (8.9).
        case
            when channel = 'phone' and sessions_n > 0 then null
            else first_reply_at
        end as clock_reply_at,
        case when first_solved_at >= created_at then first_solved_at end as clock_first_solve_at,
        case when last_solved_at >= created_at then last_solved_at end as clock_last_solve_at
    from {{ ref('fct_ticket_case') }}
),

-- Most instants are looked up once: the clock of the reply starts at the creation, and a ticket
-- that is not reopened has one solve.
instants as (
    select
        *,
        case when reply_clock_from <> created_at then reply_clock_from end as later_start_at,
        case
            when coalesce(clock_last_solve_at <> clock_first_solve_at, true)
                then clock_last_solve_at
        end as later_solve_at
    from cases
),

positioned as (
    select
        instants.*,
        {{ business_position('at_creation', 'instants.created_at') }} as created_position,
        {{ business_position('at_start', 'instants.later_start_at') }} as later_start_position,
        {{ business_position('at_reply', 'instants.clock_reply_at') }} as reply_position,
        {{ business_position('at_first_solve', 'instants.clock_first_solve_at') }}
            as first_solve_position,
        {{ business_position('at_last_solve', 'instants.later_solve_at') }} as later_solve_position
    from instants
    left join intervals as at_creation
        on {{ holds_instant('at_creation', 'instants.schedule_id', 'instants.created_at') }}
    left join intervals as at_start
        on {{ holds_instant('at_start', 'instants.schedule_id', 'instants.later_start_at') }}
    left join intervals as at_reply
        on {{ holds_instant('at_reply', 'instants.schedule_id', 'instants.clock_reply_at') }}
    left join intervals as at_first_solve
        on {{ holds_instant(
            'at_first_solve', 'instants.schedule_id', 'instants.clock_first_solve_at'
        ) }}
    left join intervals as at_last_solve
        on {{ holds_instant('at_last_solve', 'instants.schedule_id', 'instants.later_solve_at') }}
),

final as (
    select
        *,
        {{ elapsed_s('reply_clock_from', 'clock_reply_at') }} as frt_calendar_s,
        {{ business_elapsed_s(
            'case when reply_clock_from = created_at then created_position '
            ~ 'else later_start_position end',
            'reply_position'
        ) }} as frt_business_s,
        {{ elapsed_s('created_at', 'clock_first_solve_at') }} as first_resolution_calendar_s,
        {{ business_elapsed_s('created_position', 'first_solve_position') }}
            as first_resolution_business_s,
        {{ elapsed_s('created_at', 'clock_last_solve_at') }} as full_resolution_calendar_s,
        {{ business_elapsed_s(
            'created_position',
            'case when clock_last_solve_at = clock_first_solve_at then first_solve_position '
            ~ 'else later_solve_position end'
        ) }} as full_resolution_business_s
    from positioned
)

select * from final
