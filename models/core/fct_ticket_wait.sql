{{ config(materialized='view') }}

with

ended as (
    select
        ticket_id,
        status,
        {{ elapsed_us('from_at', 'to_at') }} as calendar_us,
        business_to_us - business_from_us as business_us
    from {{ ref('fct_ticket_status_interval') }}
    where to_at is not null and {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

-- On hold the customer waits too: for somebody else than the agent (8.21).
final as (
    select
        ticket_id,
        {{ seconds_in(['new', 'open', 'hold'], 'calendar_us') }} as requester_wait_calendar_s,
        {{ seconds_in(['new', 'open', 'hold'], 'business_us') }} as requester_wait_business_s,
        {{ seconds_in(['pending'], 'calendar_us') }} as agent_wait_calendar_s,
        {{ seconds_in(['pending'], 'business_us') }} as agent_wait_business_s,
        {{ seconds_in(['hold'], 'calendar_us') }} as on_hold_calendar_s,
        {{ seconds_in(['hold'], 'business_us') }} as on_hold_business_s
    from ended
    group by ticket_id
)

select * from final
