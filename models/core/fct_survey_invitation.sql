with

internal_customers as (
    select customer_id from {{ ref('customers') }} where is_internal
),

-- Answered means that the core question was: in any language, hence by instrument (3.7).
answers as (
    select
        invitation_id,
        instrument
    from {{ ref('fct_survey_response') }}
    where
        invitation_id is not null
        and coalesce(exclusion_reason not in ('unknown_question', 'off_scale'), true)
    group by invitation_id, instrument
),

questions as (
    select
        question_id,
        instrument
    from {{ ref('dim_question') }}
    where is_latest
),

identified as (
    select
        invitations.*,
        coalesce(invitations.customer_id, people.customer_id) as known_customer_id
    from {{ ref('survey_invitations') }} as invitations
    left join {{ ref('people') }} as people on invitations.person_id = people.person_id
    where {{ is_past('invitations.sent_at') }}
),

final as (
    select
        identified.invitation_id,
        identified.question_id,
        identified.person_id,
        identified.known_customer_id as customer_id,
        identified.touchpoint,
        {{ unknown_if_null('identified.measurement_level') }} as measurement_level,
        identified.channel,
        identified.sent_at,
        {{ month_index_of('identified.sent_at') }} as month_no,
        -- Sent, not bounced, and not opted out before sending.
        coalesce(identified.delivery_status, 'delivered') = 'delivered' as is_delivered,
        coalesce(identified.delivery_status <> 'opted_out', true) as is_sent,
        coalesce(identified.delivery_status, 'delivered') = 'delivered'
        and answers.invitation_id is not null as is_answered,
        identified.load_id
    from identified
    left join questions on identified.question_id = questions.question_id
    left join answers
        on
            identified.invitation_id = answers.invitation_id
            and questions.instrument = answers.instrument
    where
        identified.known_customer_id is null
        or identified.known_customer_id not in (select customer_id from internal_customers)
)

select * from final
