with

answers as (
    select * from {{ ref('fct_survey_response') }}
    where instrument = 'csat' and exclusion_reason is null
),

-- An agent is rated once for a ticket, however often its requester was asked (3.3).
latest as (
    select *
    from answers
    qualify
        ticket_id is null
        or row_number() over (
            partition by ticket_id
            order by submitted_at desc nulls last, response_id desc nulls last
        ) = 1
),

final as (
    select
        latest.response_id,
        latest.submitted_at,
        latest.ticket_id,
        tickets.channel,
        latest.channel as survey_channel,
        -- R18 where the answer itself names nobody.
        coalesce(
            latest.agent_id, tickets.assignee_at_last_solve, tickets.assignee_at_first_solve
        ) as agent_id,
        latest.score,
        latest.bucket = 1 as is_satisfied,
        latest.load_id
    from latest
    left join {{ ref('fct_ticket') }} as tickets on latest.ticket_id = tickets.ticket_id
)

select * from final
