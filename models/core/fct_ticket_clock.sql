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

replied as (
    select
        cases.*,
        {{ business_position('at_creation', 'cases.created_at') }} as created_position,
        {{ elapsed_s('cases.reply_clock_from', 'cases.clock_reply_at') }} as frt_calendar_s,
        {{ business_elapsed_s(
            business_position('at_start', 'cases.reply_clock_from'),
            business_position('at_reply', 'cases.clock_reply_at')
        ) }} as frt_business_s
    from cases
    left join intervals as at_creation
        on {{ holds_instant('at_creation', 'cases.schedule_id', 'cases.created_at') }}
    left join intervals as at_start
        on {{ holds_instant('at_start', 'cases.schedule_id', 'cases.reply_clock_from') }}
    left join intervals as at_reply
        on {{ holds_instant('at_reply', 'cases.schedule_id', 'cases.clock_reply_at') }}
),

final as (
    select
        replied.*,
        {{ elapsed_s('replied.created_at', 'replied.clock_first_solve_at') }}
            as first_resolution_calendar_s,
        {{ business_elapsed_s(
            'replied.created_position',
            business_position('at_first_solve', 'replied.clock_first_solve_at')
        ) }} as first_resolution_business_s,
        {{ elapsed_s('replied.created_at', 'replied.clock_last_solve_at') }}
            as full_resolution_calendar_s,
        {{ business_elapsed_s(
            'replied.created_position',
            business_position('at_last_solve', 'replied.clock_last_solve_at')
        ) }} as full_resolution_business_s
    from replied
    left join intervals as at_first_solve
        on {{ holds_instant(
            'at_first_solve', 'replied.schedule_id', 'replied.clock_first_solve_at'
        ) }}
    left join intervals as at_last_solve
        on {{ holds_instant(
            'at_last_solve', 'replied.schedule_id', 'replied.clock_last_solve_at'
        ) }}
)

select * from final
