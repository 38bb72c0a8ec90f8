with

tickets as (
    select course.*
    from {{ ref('fct_ticket_course') }} as course
    left join {{ ref('fct_ticket_bot_session') }} as bots on course.ticket_id = bots.ticket_id
    where
        course.exclusion_reason is null
        and course.customer_id is not null
        and bots.ticket_id is null
),

-- What a customer asks for: a ticket, or a contact that made no ticket (8.1).
requests as (
    select
        customer_id,
        topic,
        created_at as happened_at
    from tickets
    where is_customer_initiated
    {% if not is_full_build() %}
        union all
        select
            customer_id,
            topic,
            created_at as happened_at
        from {{ previous_state('fct_ticket') }}
        where
            exclusion_reason is null
            and is_customer_initiated
            and customer_id in (select customer_id from tickets)
            and ticket_id not in (select ticket_id from {{ ref('changed_ticket') }})
    {% endif %}
    union all
    select
        customer_id,
        topic,
        started_at as happened_at
    from {{ ref('fct_contact') }}
    where
        exclusion_reason is null
        and is_ticketless
        and direction = 'inbound'
        and (outcome = 'answered' or (outcome = 'abandoned' and not is_short_abandon))
        and customer_id in (select customer_id from tickets)
),

moments as (
    select
        cast(null as varchar) as solved_ticket_id,
        customer_id,
        topic,
        happened_at
    from requests
    union all
    select
        ticket_id as solved_ticket_id,
        customer_id,
        topic,
        -- Whatever the source's clocks say, its own creation is no repeat.
        greatest(first_solved_at, created_at) as happened_at
    from tickets
    where first_solved_at is not null
),

-- Backwards in time, the last request seen is the next one. A request at the instant of the solve
-- comes after it in this order, so it is no repeat; a missing topic meets missing topics only.
followed as (
    select
        solved_ticket_id,
        happened_at,
        min(case when solved_ticket_id is null then happened_at end) over (
            partition by customer_id, topic
            order by happened_at desc nulls last, solved_ticket_id is null asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as next_request_at
    from moments
),

final as (
    select
        solved_ticket_id as ticket_id,
        next_request_at
    from followed
    where
        solved_ticket_id is not null
        and next_request_at
        <= {{ add_seconds('happened_at', var('fcr_window_days') ~ ' * 86400') }}
)

select * from final
