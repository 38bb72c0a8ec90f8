{{ unfolding('survey_responses', 'zendesk') }}
with rating as (
    select *
    from {{ ref('zendesk_rating') }}
    where verdict like 'good%' or verdict like 'bad%'
),

final as (
    select
        {{ zendesk_id('rating.id') }} as response_id,
        '{{ zendesk_question() }}' as question_id,
        1 as question_version,
        {{ zendesk_id('rating.ticket_no') }} as invitation_id,
        cast(null as varchar) as encounter_id,
        {{ zendesk_id(json_text('rating.payload', 'requester_id')) }} as person_id,
        cast(null as varchar) as customer_id,
        {{ zendesk_id('rating.ticket_no') }} as ticket_id,
        {{ zendesk_id(json_text('rating.payload', 'assignee_id')) }} as agent_id,
        cast(null as varchar) as service,
        cast(null as varchar) as unit,
        cast(null as varchar) as market,
        cast(null as varchar) as touchpoint,
        'moment_of_truth' as measurement_level,
        'email' as channel,
        case when rating.verdict like 'good%' then 2 else 1 end as score,
        cast(null as varchar) as comment,
        rating.updated_at as submitted_at,
        cast(null as varchar) as wave,
        {{ unfolded_position('rating', 'zendesk/satisfaction_ratings') }}
    from rating
    where {{ is_unfolded_now('rating.load_id') }}
)

select *
from final
