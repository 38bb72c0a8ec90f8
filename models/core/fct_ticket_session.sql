with

solves as (
    select
        ticket_id,
        first_solved_at
    from {{ ref('fct_ticket_course') }}
),

legs as (
    select
        contacts.ticket_id,
        contacts.contact_id,
        contacts.started_at,
        coalesce(contacts.queue_s, 0)
        + case
            when coalesce(contacts.talk_s, contacts.hold_s) is null
                then coalesce(contacts.handle_s, 0)
            else coalesce(contacts.talk_s, 0) + coalesce(contacts.hold_s, 0)
        end as length_s,
        coalesce(contacts.started_at <= solves.first_solved_at, false) as is_to_first_solve
    from {{ ref('fct_contact') }} as contacts
    inner join solves on contacts.ticket_id = solves.ticket_id
    where contacts.outcome = 'answered' and contacts.exclusion_reason is null
),

-- The legs of one warm transfer overlap or touch: they are one contact (8.17).
sessions as (
    select
        ticket_id,
        is_to_first_solve,
        (
            started_at
            > max({{ add_seconds('started_at', 'length_s') }}) over (
                partition by ticket_id
                order by started_at asc nulls last, contact_id asc nulls last
                rows between unbounded preceding and 1 preceding
            )
        ) is not false as is_new_session
    from legs
),

final as (
    select
        ticket_id,
        count(*) filter (where is_new_session) as sessions_n,
        count(*) filter (where is_new_session and is_to_first_solve) as sessions_to_first_solve_n
    from sessions
    group by ticket_id
)

select * from final
