-- Numerators and denominators add up over every dimension; their quotient is published (R7). The
-- month and the team are those of the event that a metric counts (R14, R15).
-- depends_on: {{ ref('changed_service_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_no', ref('changed_service_month')) }}",
    )
}}

with

-- Open again at the end of the window, whatever came before or after (8.6).
open_again as (
    select reopens.ticket_id
    from {{ ref('fct_ticket_reopen') }} as reopens
    inner join {{ ref('fct_ticket') }} as tickets on reopens.ticket_id = tickets.ticket_id
    where
        reopens.reopened_at
        <= {{ add_seconds(
            'tickets.first_assigned_at', var('resolution_window_days') ~ ' * 86400'
        ) }}
        and (
            reopens.solved_again_at is null
            or reopens.solved_again_at
            > {{ add_seconds(
                'tickets.first_assigned_at', var('resolution_window_days') ~ ' * 86400'
            ) }}
        )
        and {{ in_changed_month(month_index_of('tickets.first_assigned_at')) }}
    group by reopens.ticket_id
),

created as (
    select
        {{ month_index_of('created_at') }} as month_no,
        channel,
        first_team as team,
        topic,
        priority,
        count(*) as tickets_n,
        count(*) filter (where is_customer_initiated) as requests_n,
        bool_or(has_messages) as is_heard
    from {{ counted_tickets(ref('fct_ticket')) }} as tickets
    where {{ in_changed_month(month_index_of('created_at')) }}
    group by all
),

heard as (
    select * from created where is_heard
),

assigned as (
    select
        {{ month_index_of('first_assigned_at') }} as month_no,
        channel,
        team_at_first_assignment as team,
        topic,
        priority,
        -- Solved, but nobody knows when, is neither in time nor late.
        count(*) filter (where not has_unknown_solve_time) as assigned_n,
        count(*) filter (
            where first_solved_at
            <= {{ add_seconds('first_assigned_at', var('resolution_window_days') ~ ' * 86400') }}
            and ticket_id not in (select ticket_id from open_again)
        ) as resolved_n
    from {{ counted_tickets(ref('fct_ticket')) }} as tickets
    where
        {{ is_past('first_assigned_at') }}
        and {{ in_changed_month(month_index_of('first_assigned_at')) }}
    group by all
),

first_solved as (
    select
        first_solved_month_no as month_no,
        channel,
        team_at_first_solve as team,
        topic,
        priority,
        count(*) filter (where is_fcr) as fcr_n,
        count(is_fcr) as fcr_eligible_n,
        count(*) filter (where is_reopened and reopens_n is not null) as reopened_n,
        count(reopens_n) as reopen_known_n
    from {{ counted_tickets(ref('fct_ticket')) }} as tickets
    where first_solved_at is not null and {{ in_changed_month('first_solved_month_no') }}
    group by all
),

last_solved as (
    select
        last_solved_month_no as month_no,
        channel,
        team_at_last_solve as team,
        topic,
        priority,
        count(*) as solved_n,
        count(*) filter (where is_one_touch) as one_touch_n,
        count(is_one_touch) as one_touch_known_n,
        count(*) filter (where transfers_n > 0) as transferred_n,
        coalesce(sum(transfers_n), 0) as transfers_n,
        count(transfers_n) as transfer_known_n,
        count(*) filter (where replies_n = 0 and not is_answered_live) as no_reply_n
    from {{ counted_tickets(ref('fct_ticket')) }} as tickets
    where last_solved_at is not null and {{ in_changed_month('last_solved_month_no') }}
    group by all
),

final as (
    {{ service_parts('request_volume', 'requests_n', none, 'created') }}
    union all
    -- Stocks are zero from the first ticket on, until core.service_stock_month knows better.
    {{ service_parts('ticket_backlog', '0', none, 'created') }}
    union all
    {{ service_parts('open_cases', '0', none, 'heard') }}
    union all
    {{ service_parts('frt_s', '0', none, 'heard', 'unanswered_n') }}
    union all
    {{ service_parts('next_reply_s', '0', none, 'heard', 'unanswered_n') }}
    union all
    {{ service_parts('clearance_rate', '0', 'tickets_n', 'created') }}
    union all
    {{ service_parts('clearance_rate', 'solved_n', '0', 'last_solved') }}
    union all
    {{ service_parts('resolution_rate', 'resolved_n', 'assigned_n', 'assigned') }}
    union all
    {{ service_parts('fcr', 'fcr_n', 'fcr_eligible_n', 'first_solved') }}
    union all
    -- Nothing is marked until core.service_mark_measure knows better.
    {{ service_parts('fcr_agent', '0', '0', 'first_solved') }}
    union all
    {{ service_parts('reopen_rate', 'reopened_n', 'reopen_known_n', 'first_solved') }}
    union all
    {{ service_parts('one_touch_rate', 'one_touch_n', 'one_touch_known_n', 'last_solved') }}
    union all
    {{ service_parts('transfer_rate', 'transferred_n', 'transfer_known_n', 'last_solved') }}
    union all
    {{ service_parts(
        'transfer_rate', 'transfers_n', 'transfer_known_n', 'last_solved', 'transfers_per_ticket'
    ) }}
    union all
    {{ service_parts('frt_s', 'no_reply_n', none, 'last_solved', 'no_reply_solved_n') }}
)

select * from final
