with

questions as (
    select
        question_id,
        version,
        scale_min,
        scale_max,
        count(*) over (partition by question_id) as versions_n,
        row_number() over (
            partition by question_id order by version desc nulls last
        ) = 1 as is_latest
    from {{ ref('survey_questions') }}
    where instrument = 'csat'
),

tickets as (
    select * from {{ ref('fct_ticket') }}
),

-- The position on the scale counts, not the number printed on the button (3.3).
placed as (
    select
        responses.*,
        responses.score - questions.scale_min + 1 as point,
        questions.scale_max - questions.scale_min + 1 as points_n
    from {{ ref('survey_responses') }} as responses
    inner join questions
        on
            responses.question_id = questions.question_id
            and (
                questions.version = responses.question_version
                or (
                    questions.is_latest
                    and (responses.question_version is null or questions.versions_n = 1)
                )
            )
    where
        responses.submitted_at <= {{ as_of() }}
        and responses.score between questions.scale_min and questions.scale_max
),

rated as (
    select
        *,
        case cast(points_n as integer)
            when 2 then 2
            when 3 then 3
            when 4 then 3
            when 5 then 4
            when 7 then 6
            when 10 then 9
        end as satisfied_from_point,
        -- The last rating of one ticket, encounter or invitation stands.
        case
            when ticket_id is not null then 'ticket ' || ticket_id
            when encounter_id is not null then 'encounter ' || encounter_id
            when invitation_id is not null then 'invitation ' || invitation_id
            when measurement_level = 'relationship' and person_id is not null
                then
                    'person '
                    || person_id
                    || ' '
                    || coalesce(wave, cast({{ month_index_of('submitted_at') }} as varchar))
            else 'response ' || response_id
        end as rated_thing
    from placed
),

latest as (
    select *
    from rated
    where satisfied_from_point is not null
    qualify
        row_number() over (
            partition by rated_thing
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
        latest.point >= latest.satisfied_from_point as is_satisfied,
        latest.load_id
    from latest
    left join tickets on latest.ticket_id = tickets.ticket_id
    where tickets.exclusion_reason is null
)

select * from final
