-- Two schedules on one ticket, or a calendar in local time, would find more open than real seconds.
with

timed as (
    select *
    from {{ ref('fct_ticket') }}
    where coalesce(frt_business_s, first_resolution_business_s) is not null
),

final as (
    select ticket_id
    from timed
    where
        frt_business_s > frt_calendar_s
        or first_resolution_business_s > first_resolution_calendar_s
        or full_resolution_business_s > full_resolution_calendar_s
        or least(frt_business_s, first_resolution_business_s, full_resolution_business_s) < 0
    union all
    -- One clock without the other: the calendar has a hole.
    select ticket_id
    from timed
    where
        (frt_business_s is null) <> (frt_calendar_s is null)
        or (first_resolution_business_s is null) <> (first_resolution_calendar_s is null)
        or (full_resolution_business_s is null) <> (full_resolution_calendar_s is null)
    union all
    select 'no duration to look at' as ticket_id
    where not exists (select 1 from timed)
)

select ticket_id from final
