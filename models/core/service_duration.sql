{{ config(materialized='view') }}

with

tickets as (
    select
        *,
        -- Closed by itself, without any reply: nobody's work took that long (8.11).
        coalesce(replies_n > 0, true) as is_worked_on
    from {{ ref('fct_ticket') }}
    where exclusion_reason is null
),

turns as (
    select
        turns.*,
        tickets.channel,
        tickets.topic,
        tickets.priority
    from {{ ref('fct_ticket_turn') }} as turns
    inner join tickets on turns.ticket_id = tickets.ticket_id
    where turns.replied_at is not null
),

final as (
    {{ service_duration('frt_s', 'first_reply_at', 'team_at_first_reply', 'frt') }}
    union all
    {{ service_duration(
        'first_resolution_s', 'first_solved_at', 'team_at_first_solve', 'first_resolution',
        'is_worked_on'
    ) }}
    union all
    {{ service_duration(
        'art_s', 'last_solved_at', 'team_at_last_solve', 'full_resolution', 'is_worked_on'
    ) }}
    union all
    {{ service_duration(
        'requester_wait_s', 'last_solved_at', 'team_at_last_solve', 'requester_wait'
    ) }}
    union all
    {{ service_duration('agent_wait_s', 'last_solved_at', 'team_at_last_solve', 'agent_wait') }}
    union all
    {{ service_duration('on_hold_s', 'last_solved_at', 'team_at_last_solve', 'on_hold') }}
    union all
    select
        'next_reply_s' as metric_id,
        {{ month_index_of('replied_at') }} as month_no,
        channel,
        team_at_reply as team,
        topic,
        priority,
        calendar_s,
        business_s
    from turns
)

select * from final
