{{ config(materialized='view') }}

with

responses as (
    select * from {{ ref('survey_responses') }}
    where {{ is_past('submitted_at') }}
),

-- What the answer itself leaves open, its invitation or its encounter may know.
identified as (
    select
        responses.response_id,
        responses.question_id,
        responses.question_version,
        responses.invitation_id,
        responses.encounter_id,
        coalesce(responses.person_id, invitations.person_id, encounters.person_id) as person_id,
        coalesce(responses.customer_id, invitations.customer_id, encounters.customer_id)
            as customer_id,
        responses.ticket_id,
        responses.agent_id,
        responses.service,
        responses.unit,
        responses.market,
        coalesce(responses.touchpoint, invitations.touchpoint, encounters.touchpoint)
            as touchpoint,
        responses.measurement_level,
        coalesce(responses.channel, invitations.channel) as channel,
        responses.score,
        responses.submitted_at,
        responses.wave,
        responses.load_id
    from responses
    left join {{ ref('survey_invitations') }} as invitations
        on responses.invitation_id = invitations.invitation_id
    left join {{ ref('encounters') }} as encounters
        on responses.encounter_id = encounters.encounter_id
),

final as (
    select
        identified.response_id,
        identified.question_id,
        identified.question_version,
        identified.invitation_id,
        identified.encounter_id,
        identified.person_id,
        coalesce(identified.customer_id, people.customer_id) as customer_id,
        identified.ticket_id,
        identified.agent_id,
        identified.service,
        identified.unit,
        identified.market,
        identified.touchpoint,
        identified.measurement_level,
        identified.channel,
        identified.score,
        identified.submitted_at,
        identified.wave,
        -- A press on a terminal: nobody was invited, nobody is known.
        coalesce(
            identified.channel in ('kiosk', 'smiley')
            and identified.invitation_id is null
            and identified.person_id is null,
            false
        ) as is_kiosk_press,
        identified.load_id
    from identified
    left join {{ ref('people') }} as people on identified.person_id = people.person_id
)

select * from final
