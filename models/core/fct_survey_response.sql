with

answers as (
    select * from {{ ref('survey_answer') }}
),

-- Terminals have no number in the contract: one stands where its presses are made.
presses as (
    select
        response_id,
        submitted_at,
        lag(submitted_at) over (
            partition by question_id, touchpoint, unit, market
            order by submitted_at asc nulls last, response_id asc nulls last
        ) as previous_at
    from answers
    where is_kiosk_press
),

double_presses as (
    select response_id from presses
    where {{ elapsed_s('previous_at', 'submitted_at') }} < 3
),

internal_customers as (
    select customer_id from {{ ref('customers') }} where is_internal
),

-- An answer without a version was given to the newest one; what was said of a merged ticket is said
-- of the case that survived.
placed as (
    select
        answers.*,
        coalesce(named.survivor_ticket_id, answers.ticket_id) as case_ticket_id,
        -- Whoever is asked about a ticket is its customer.
        coalesce(answers.customer_id, named.customer_id) as known_customer_id,
        questions.instrument,
        questions.language,
        questions.scale_min,
        questions.scale_max,
        questions.good_from_score,
        questions.bad_to_score,
        tickets.exclusion_reason as ticket_exclusion_reason
    from answers
    left join {{ ref('dim_question') }} as questions
        on
            answers.question_id = questions.question_id
            and (
                questions.version = answers.question_version
                or (
                    questions.is_latest
                    -- Where versions are not numbered, there is one.
                    and (answers.question_version is null or questions.version is null)
                )
            )
    left join {{ ref('fct_ticket') }} as named on answers.ticket_id = named.ticket_id
    left join {{ ref('fct_ticket') }} as tickets
        on coalesce(named.survivor_ticket_id, answers.ticket_id) = tickets.ticket_id
),

judged as (
    select
        *,
        case
            when instrument is null then 'unknown_question'
            when good_from_score is null then 'unusable_scale'
            when score < scale_min or score > scale_max then 'off_scale'
            -- Effort is asked about an errand, not about the relationship (3.5).
            when instrument = 'ces' and measurement_level = 'relationship' then 'wrong_level'
            when known_customer_id in (select customer_id from internal_customers) then 'internal'
            when ticket_exclusion_reason is not null then 'ticket_' || ticket_exclusion_reason
            when response_id in (select response_id from double_presses) then 'double_press'
        end as reason_out,
        -- What may be answered once (3.1, section 18).
        case
            when measurement_level = 'relationship' and person_id is not null
                then
                    'person '
                    || person_id
                    || ' '
                    || coalesce(wave, cast({{ month_index_of('submitted_at') }} as varchar))
            when encounter_id is not null then 'encounter ' || encounter_id
            when invitation_id is not null then 'invitation ' || invitation_id
            when case_ticket_id is not null then 'ticket ' || case_ticket_id
            else 'response ' || response_id
        end as answered_once
    from placed
),

ranked as (
    select
        *,
        row_number() over (
            partition by reason_out is null, instrument, measurement_level, answered_once
            order by submitted_at desc nulls last, response_id desc nulls last
        ) as newness
    from judged
),

final as (
    select
        response_id,
        instrument,
        measurement_level,
        question_id,
        language,
        scale_min,
        scale_max,
        score,
        case when score >= good_from_score then 1 when score <= bad_to_score then -1 else 0 end
            as bucket,
        submitted_at,
        {{ month_index_of('submitted_at') }} as month_no,
        invitation_id,
        encounter_id,
        person_id,
        known_customer_id as customer_id,
        case_ticket_id as ticket_id,
        agent_id,
        service,
        unit,
        market,
        touchpoint,
        channel,
        is_kiosk_press,
        case
            when reason_out is not null then reason_out
            when newness > 1 then 'duplicate'
        end as exclusion_reason,
        load_id
    from ranked
)

select * from final
