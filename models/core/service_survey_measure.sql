-- What customers say about being helped at once, beside what the tickets say (8.17).
with

answers as (
    select
        answers.month_no,
        tickets.channel,
        tickets.team_at_first_solve as team,
        tickets.topic,
        tickets.priority,
        answers.bucket = 1 as is_yes,
        tickets.is_fcr
    from {{ ref('fct_survey_response') }} as answers
    left join {{ ref('fct_ticket') }} as tickets on answers.ticket_id = tickets.ticket_id
    where
        answers.instrument = 'fcr'
        and answers.exclusion_reason is null
        and answers.bucket <> 0
        and {{ is_past('answers.submitted_at') }}
),

counted as (
    select
        month_no,
        channel,
        team,
        topic,
        priority,
        count(*) as answers_n,
        count(*) filter (where is_yes) as yes_n,
        count(is_fcr) as compared_n,
        count(*) filter (where is_fcr = is_yes) as agreed_n
    from answers
    group by month_no, channel, team, topic, priority
),

final as (
    {{ service_parts('fcr_survey', 'yes_n', 'answers_n', 'counted') }}
    union all
    {{ service_parts('fcr_survey', 'agreed_n', 'compared_n', 'counted', 'agreement') }}
)

select * from final
