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

spans as (
    select
        tickets.*,
        tickets.created_at as from_at,
        tickets.first_solved_at as until_at
    from {{ backlog_tickets() }} as tickets
    union all
    select
        tickets.*,
        reopens.reopened_at as from_at,
        reopens.solved_again_at as until_at
    from {{ ref('fct_ticket_reopen') }} as reopens
    inner join {{ backlog_tickets() }} as tickets
        on reopens.ticket_id = tickets.ticket_id
),

-- No span runs backwards, whatever the source's clocks say; NULL is no end.
bounded as (
    select
        *,
        greatest(from_at, created_at) as opened_at,
        case when until_at is not null then greatest(until_at, created_at) end as closed_at
    from spans
),

-- Few tickets have stays; of the others the whole span stands.
standing as (
    select
        bounded.ticket_id,
        bounded.channel,
        bounded.first_team,
        bounded.topic,
        bounded.priority,
        bounded.has_messages,
        bounded.is_answered_live,
        bounded.first_reply_at,
        coalesce(stays.created_at, bounded.created_at) as created_at,
        greatest(bounded.opened_at, stays.from_at) as opened_at,
        least(bounded.closed_at, stays.until_at) as closed_at,
        case
            when bounded.reply_clock_from = bounded.created_at
                then coalesce(stays.created_at, bounded.created_at)
            else bounded.reply_clock_from
        end as reply_clock_from
    from bounded
    left join {{ ref('fct_ticket_stay') }} as stays on bounded.ticket_id = stays.ticket_id
    where bounded.exclusion_reason is null or stays.ticket_id is not null
),

days as (
    select
        ticket_id,
        channel,
        first_team as team,
        topic,
        priority,
        {{ local_date('opened_at') }} as from_on,
        {{ local_date('closed_at') }} as to_on,
        created_at,
        has_messages,
        is_answered_live,
        reply_clock_from,
        first_reply_at
    from standing
),

final as (
    select
        ticket_id,
        channel,
        team,
        topic,
        priority,
        from_on,
        to_on,
        {{ local_date('created_at') }} as created_on,
        -- Whoever was called has been answered, and unsent messages are unknown, not unanswered.
        case
            when has_messages and not is_answered_live then {{ local_date('reply_clock_from') }}
        end as asked_on,
        {{ local_date('first_reply_at') }} as replied_on
    from days
    where to_on is null or from_on < to_on
)

select * from final
