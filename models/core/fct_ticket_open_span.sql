-- depends_on: {{ ref('changed_ticket') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

tickets as (
    select *
    from {{ ref('fct_ticket') }}
    where
        exclusion_reason is null
        -- Solved, but nobody knows since when: in no backlog.
        and not has_unknown_solve_time
        and {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

reopens as (
    select *
    from {{ ref('fct_ticket_reopen') }}
    where {{ among_changed('ticket_id', ref('changed_ticket')) }}
),

spans as (
    select
        ticket_id,
        created_at as from_at,
        -- No span runs backwards, whatever the source's clocks say; NULL is no end.
        case when first_solved_at is not null then greatest(first_solved_at, created_at) end
            as to_at
    from tickets
    union all
    select
        reopens.ticket_id,
        greatest(reopens.reopened_at, tickets.created_at) as from_at,
        case
            when reopens.solved_again_at is not null
                then greatest(reopens.solved_again_at, tickets.created_at)
        end as to_at
    from reopens
    inner join tickets on reopens.ticket_id = tickets.ticket_id
),

days as (
    select
        ticket_id,
        {{ local_date('from_at') }} as from_on,
        {{ local_date('to_at') }} as to_on
    from spans
),

final as (
    select
        days.ticket_id,
        tickets.channel,
        tickets.first_team as team,
        tickets.topic,
        tickets.priority,
        days.from_on,
        days.to_on,
        {{ local_date('tickets.created_at') }} as created_on,
        -- Whoever was called has been answered, and unsent messages are unknown, not unanswered.
        case
            when tickets.has_messages and not tickets.is_answered_live
                then {{ local_date('tickets.reply_clock_from') }}
        end as asked_on,
        {{ local_date('tickets.first_reply_at') }} as replied_on
    from days
    inner join tickets on days.ticket_id = tickets.ticket_id
    where days.to_on is null or days.from_on < days.to_on
)

select * from final
