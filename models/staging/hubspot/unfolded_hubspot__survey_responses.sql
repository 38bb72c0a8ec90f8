{{ unfolding('survey_responses', 'hubspot') }}
{%- set answers = source('raw_hubspot', 'feedback_submissions') -%}
{%- set contacts = source('raw_hubspot', 'associations_feedback_submissions_contacts') %}
with person as (
    select *
    from {{ hubspot_main_contact(contacts) }}
),

due as (
    select *
    from {{ hubspot_due(
        [answers, contacts], 'select id, load_id, row_no, extracted_at from person'
    ) }}
),

answer as (
    select *
    from {{ hubspot_objects(answers, 'select due.id from due') }}
),

final as (
    select
        {{ hubspot_id('due.id') }} as response_id,
        {{ hubspot_id(hubspot_property('answer.payload', 'hs_survey_id')) }} as question_id,
        {{ hubspot_property('answer.payload', 'question_version') }} as question_version,
        cast(null as varchar) as invitation_id,
        cast(null as varchar) as encounter_id,
        {{ hubspot_id('person.contact_id') }} as person_id,
        person.customer_id,
        cast(null as varchar) as ticket_id,
        cast(null as varchar) as agent_id,
        {{ hubspot_property('answer.payload', 'service') }} as service,
        {{ hubspot_property('answer.payload', 'unit') }} as unit,
        {{ hubspot_property('answer.payload', 'market') }} as market,
        {{ hubspot_property('answer.payload', 'touchpoint') }} as touchpoint,
        coalesce(
            {{ hubspot_property('answer.payload', 'measurement_level') }},
            case {{ hubspot_instrument('answer.payload') }}
                when 'nps' then 'relationship'
                else 'moment_of_truth'
            end
        ) as measurement_level,
        lower({{ hubspot_property('answer.payload', 'hs_survey_channel') }}) as channel,
        {{ hubspot_property('answer.payload', 'hs_value') }} as score,
        cast(null as varchar) as comment,
        {{ hubspot_instant(
            'coalesce('
            ~ hubspot_property('answer.payload', 'hs_submission_timestamp') ~ ', '
            ~ json_text('answer.payload', 'createdAt') ~ ')'
        ) }} as submitted_at,
        {{ hubspot_property('answer.payload', 'wave') }} as wave,
        {{ hubspot_shared_position('due', 'hubspot/feedback_submissions') }}
    from due
    inner join answer on due.id = answer.id
    left join person on due.id = person.id
    where
        {{ hubspot_instrument('answer.payload') }} is not null
        and {{ hubspot_property('answer.payload', 'hs_value') }} is not null
)

select *
from final
