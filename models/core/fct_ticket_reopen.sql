-- depends_on: {{ ref('changed_ticket') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        meta={'plain_columns': ['ticket_id']},
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

reopened_tickets as (
    select ticket_id from {{ ref('fct_ticket_log') }} where last_unsolved_at >= first_solved_at
),

status_events as (
    select
        ticket_id,
        occurred_at,
        event_id,
        to_value in ('solved', 'closed') as is_solved
    from {{ ref('fct_ticket_event') }}
    where
        field = 'status'
        and to_value <> 'deleted'
        and {{ is_past('occurred_at') }}
        and ticket_id in (select ticket_id from reopened_tickets)
),

-- A window, but over the log of reopened tickets only.
turns as (
    select
        *,
        lag(is_solved) over (
            partition by ticket_id
            order by
                occurred_at asc nulls last, length(event_id) asc nulls last,
                event_id asc nulls last
        ) as was_solved
    from status_events
),

-- From solved to closed is no new solve, from open to pending no reopen.
reopens_and_solves as (
    select
        ticket_id,
        occurred_at,
        is_solved,
        lead(occurred_at) over (
            partition by ticket_id
            order by
                occurred_at asc nulls last, length(event_id) asc nulls last,
                event_id asc nulls last
        ) as next_solved_at,
        lead(occurred_at, 2) over (
            partition by ticket_id
            order by
                occurred_at asc nulls last, length(event_id) asc nulls last,
                event_id asc nulls last
        ) as next_reopened_at
    from turns
    where is_solved is distinct from coalesce(was_solved, false)
),

reopens as (
    select
        ticket_id,
        occurred_at as reopened_at,
        next_solved_at as solved_again_at,
        next_reopened_at,
        row_number() over (partition by ticket_id order by occurred_at asc nulls last) as reopen_no
    from reopens_and_solves
    where not is_solved
),

answered as (
    select
        reopens.ticket_id,
        reopens.reopen_no
    from reopens
    inner join {{ ref('fct_ticket_human_reply') }} as replies
        on
            reopens.ticket_id = replies.ticket_id
            and replies.sent_at >= reopens.reopened_at
            and replies.sent_at < coalesce(reopens.next_reopened_at, 'infinity')
    group by reopens.ticket_id, reopens.reopen_no
),

final as (
    select
        reopens.ticket_id,
        cast(reopens.reopen_no as bigint) as reopen_no,
        reopens.reopened_at,
        reopens.solved_again_at,
        -- A "thank you" reopens a ticket, but nobody has to answer it (8.17).
        answered.ticket_id is not null as is_counted
    from reopens
    left join answered
        on reopens.ticket_id = answered.ticket_id and reopens.reopen_no = answered.reopen_no
)

select * from final
