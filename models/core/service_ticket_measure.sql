-- Numerators and denominators add up over every dimension; their quotient is published (R7). The
-- month and the team are those of the event that a metric counts (R14, R15).
with

tickets as (
    select
        *,
        coalesce(
            first_counted_reopen_at
            <= {{ add_seconds('first_solved_at', var('reopen_window_days') ~ ' * 86400') }},
            false
        ) as is_reopened
    from {{ ref('fct_ticket') }}
    where exclusion_reason is null
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
        count(*) filter (where not has_unknown_solve_time) as opened_n
    from tickets
    group by 1, 2, 3, 4, 5
),

first_solved as (
    select
        {{ month_index_of('first_solved_at') }} as month_no,
        channel,
        team_at_first_solve as team,
        topic,
        priority,
        count(*) filter (where is_fcr) as fcr_n,
        count(is_fcr) as fcr_eligible_n,
        count(*) filter (where is_reopened and reopens_n is not null) as reopened_n,
        count(reopens_n) as reopen_known_n
    from tickets
    where first_solved_at is not null
    group by 1, 2, 3, 4, 5
),

last_solved as (
    select
        {{ month_index_of('last_solved_at') }} as month_no,
        channel,
        team_at_last_solve as team,
        topic,
        priority,
        count(*) as solved_n,
        count(*) filter (where is_one_touch) as one_touch_n,
        count(is_one_touch) as one_touch_known_n,
        count(*) filter (where transfers_n > 0) as transferred_n,
        count(transfers_n) as transfer_known_n
    from tickets
    where last_solved_at is not null
    group by 1, 2, 3, 4, 5
),

-- The backlog is a stock: its changes by month add up to it, and a closed month never moves. It
-- belongs to the team that got the ticket first.
backlog_changes as (
    select
        month_no,
        channel,
        team,
        topic,
        priority,
        opened_n as change_n
    from created
    union all
    select
        {{ month_index_of('greatest(first_solved_at, created_at)') }} as month_no,
        channel,
        first_team as team,
        topic,
        priority,
        -count(*) as change_n
    from tickets
    where first_solved_at is not null
    group by 1, 2, 3, 4, 5
    union all
    select
        {{ month_index_of('reopens.reopened_at') }} as month_no,
        tickets.channel,
        tickets.first_team as team,
        tickets.topic,
        tickets.priority,
        count(*) as change_n
    from {{ ref('fct_ticket_reopen') }} as reopens
    inner join tickets on reopens.ticket_id = tickets.ticket_id
    group by 1, 2, 3, 4, 5
    union all
    select
        {{ month_index_of('reopens.solved_again_at') }} as month_no,
        tickets.channel,
        tickets.first_team as team,
        tickets.topic,
        tickets.priority,
        -count(*) as change_n
    from {{ ref('fct_ticket_reopen') }} as reopens
    inner join tickets on reopens.ticket_id = tickets.ticket_id
    where reopens.solved_again_at is not null
    group by 1, 2, 3, 4, 5
),

final as (
    select
        'request_volume' as metric_id,
        month_no,
        channel,
        team,
        topic,
        priority,
        requests_n as numerator,
        0 as denominator
    from created
    union all
    select
        'ticket_backlog' as metric_id,
        month_no,
        channel,
        team,
        topic,
        priority,
        change_n as numerator,
        0 as denominator
    from backlog_changes
    union all
    select
        'clearance_rate' as metric_id,
        month_no,
        channel,
        team,
        topic,
        priority,
        solved_n as numerator,
        0 as denominator
    from last_solved
    union all
    select
        'clearance_rate' as metric_id,
        month_no,
        channel,
        team,
        topic,
        priority,
        0 as numerator,
        tickets_n as denominator
    from created
    union all
    select
        'one_touch_rate' as metric_id,
        month_no,
        channel,
        team,
        topic,
        priority,
        one_touch_n as numerator,
        one_touch_known_n as denominator
    from last_solved
    union all
    select
        'transfer_rate' as metric_id,
        month_no,
        channel,
        team,
        topic,
        priority,
        transferred_n as numerator,
        transfer_known_n as denominator
    from last_solved
    union all
    select
        'fcr' as metric_id,
        month_no,
        channel,
        team,
        topic,
        priority,
        fcr_n as numerator,
        fcr_eligible_n as denominator
    from first_solved
    union all
    select
        'reopen_rate' as metric_id,
        month_no,
        channel,
        team,
        topic,
        priority,
        reopened_n as numerator,
        reopen_known_n as denominator
    from first_solved
)

select * from final
