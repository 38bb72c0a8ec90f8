{%- set window_us = '(' ~ var('fcr_window_days') ~ ' * 86400000000)' -%}

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
    from {{ ref('fct_contact') }} as contacts
    where
        {{ is_demand('contacts') }}
        and is_ticketless
        and customer_id in (select customer_id from tickets)
),

-- A request of a customer is looked for in the window's length of time in which it happened, and in
-- the one before: an equi-join, however often a customer asks.
placed as (
    select
        *,
        {{ int_div(us_of_instant('happened_at'), window_us) }} as window_no
    from requests
),

solved as (
    select
        ticket_id,
        customer_id,
        topic,
        -- Whatever the source's clocks say, its own creation is no repeat.
        greatest(first_solved_at, created_at) as solved_at
    from tickets
    where first_solved_at is not null
),

windows as (
    select kinds.windows_later
    from (values (0), (1)) as kinds (windows_later)
),

looking as (
    select
        solved.*,
        {{ int_div(us_of_instant('solved.solved_at'), window_us) }} + windows.windows_later
            as window_no
    from solved
    cross join windows
),

-- A request at the instant of the solve is no repeat; a missing topic meets missing topics only.
final as (
    select
        looking.ticket_id,
        min(placed.happened_at) as next_request_at
    from looking
    inner join placed
        on
            looking.customer_id = placed.customer_id
            and looking.window_no = placed.window_no
            and looking.topic is not distinct from placed.topic
            and placed.happened_at > looking.solved_at
            and placed.happened_at
            <= {{ add_seconds('looking.solved_at', var('fcr_window_days') ~ ' * 86400') }}
    group by looking.ticket_id
)

select * from final
