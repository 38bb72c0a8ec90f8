-- depends_on: {{ ref('changed_ticket') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        meta={'plain_columns': ['ticket_id', 'requester']},
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

-- The last word is the customer's: the request itself, or what was written after a reply.
turns as (
    select
        tickets.*,
        tickets.reply_clock_from as asked_at,
        tickets.first_reply_at as replied_at,
        false as is_later_turn
    from {{ waiting_tickets() }} as tickets
    where
        tickets.reply_clock_from is not null
        and not tickets.is_answered_live
        and coalesce(tickets.created_by, 'customer') <> 'system'
    union all
    select
        tickets.*,
        turns.asked_at,
        turns.replied_at,
        true as is_later_turn
    from {{ ref('fct_ticket_turn') }} as turns
    inner join {{ waiting_tickets() }} as tickets
        on turns.ticket_id = tickets.ticket_id
),

-- Most are answered on the day they were asked, and stand at the end of none.
overnight as (
    select *
    from turns
    where replied_at is null or {{ local_date('asked_at') }} < {{ local_date('replied_at') }}
),

intervals as (
    select *
    from {{ ref('fct_ticket_status_interval') }}
    where ticket_id in (select ticket_id from overnight)
),

-- New or open: neither solved nor waiting for the customer or for somebody else.
workable as (
    select
        ticket_id,
        from_at,
        to_at
    from intervals
    where status in ('new', 'open')
    union all
    select
        ticket_id,
        any_value(created_at) as from_at,
        any_value(first_solved_at) as to_at
    from overnight
    where ticket_id not in (select ticket_id from intervals)
    group by ticket_id
),

waits as (
    select
        overnight.*,
        greatest(overnight.asked_at, workable.from_at, stays.from_at) as from_at,
        -- NULL is no end, and the smaller of several ends is an end.
        least(overnight.replied_at, workable.to_at, stays.until_at) as to_at,
        coalesce(stays.created_at, overnight.created_at) as stood_from
    from overnight
    inner join workable
        on
            overnight.ticket_id = workable.ticket_id
            and (workable.to_at is null or overnight.asked_at < workable.to_at)
            and (overnight.replied_at is null or overnight.replied_at > workable.from_at)
    left join {{ ref('fct_ticket_stay') }} as stays on overnight.ticket_id = stays.ticket_id
    where overnight.exclusion_reason is null or stays.ticket_id is not null
),

days as (
    select
        *,
        {{ local_date('from_at') }} as from_on,
        {{ local_date('to_at') }} as to_on
    from waits
    where to_at is null or from_at < to_at
),

final as (
    select
        ticket_id,
        -- Who waits is counted once; the unknown by the address they write from (8.4).
        coalesce(
            'customer ' || customer_id,
            'person ' || person_id,
            'address ' || requester_address,
            'ticket ' || ticket_id
        ) as requester,
        channel,
        first_team as team,
        topic,
        priority,
        from_on,
        to_on,
        {{ local_date('stood_from') }} as created_on,
        is_later_turn
    from days
    where to_on is null or from_on < to_on
)

select * from final
