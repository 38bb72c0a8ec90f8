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

rated as (
    select
        latest.response_id,
        latest.submitted_at,
        latest.ticket_id,
        tickets.channel,
        latest.channel as survey_channel,
        latest.agent_id,
        latest.score,
        latest.bucket = 1 as is_satisfied,
        tickets.first_solved_at,
        tickets.assignee_at_first_solve,
        tickets.assignee_at_last_solve,
        -- Where the ticket was reopened after the answer, its last solve is not in question.
        coalesce(
            latest.submitted_at >= tickets.first_solved_at
            and coalesce(latest.submitted_at < tickets.last_solved_at, true),
            false
        ) as is_of_earlier_solve,
        latest.load_id
    from latest
    left join {{ ref('fct_ticket') }} as tickets on latest.ticket_id = tickets.ticket_id
),

-- Of several earlier solves, the last before the answer.
earlier_solves as (
    select
        rated.ticket_id,
        max(reopens.solved_again_at) as solved_at
    from rated
    inner join {{ ref('fct_ticket_reopen') }} as reopens
        on
            rated.ticket_id = reopens.ticket_id
            and reopens.solved_again_at <= rated.submitted_at
    where rated.is_of_earlier_solve
    group by rated.ticket_id
),

-- As in macros/ticket_log.sql: '' is a ticket that was taken from its agent.
earlier_assignees as (
    select
        earlier_solves.ticket_id,
        max_by(
            coalesce(routing.to_value, ''),
            {{ log_position('routing.occurred_at', 'routing.event_id') }}
        ) as agent_id
    from earlier_solves
    inner join {{ ref('ticket_events') }} as routing
        on
            earlier_solves.ticket_id = routing.ticket_id
            and earlier_solves.solved_at >= routing.occurred_at
    where routing.field = 'agent_id'
    group by earlier_solves.ticket_id
),

final as (
    select
        rated.response_id,
        rated.submitted_at,
        rated.ticket_id,
        rated.channel,
        rated.survey_channel,
        -- R18 where the answer itself names nobody.
        case
            when rated.agent_id is not null then rated.agent_id
            when earlier_assignees.agent_id is not null then nullif(earlier_assignees.agent_id, '')
            when rated.is_of_earlier_solve then rated.assignee_at_first_solve
            else coalesce(rated.assignee_at_last_solve, rated.assignee_at_first_solve)
        end as agent_id,
        rated.score,
        rated.is_satisfied,
        rated.load_id
    from rated
    left join earlier_assignees on rated.ticket_id = earlier_assignees.ticket_id
)

select * from final
