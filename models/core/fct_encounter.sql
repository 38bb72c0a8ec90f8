with

internal_customers as (
    select customer_id from {{ ref('customers') }} where is_internal
),

encounters as (
    select
        encounters.encounter_id,
        encounters.touchpoint,
        encounters.person_id,
        coalesce(encounters.customer_id, people.customer_id) as customer_id,
        -- Who was met: the person, else the customer.
        coalesce('person ' || encounters.person_id, 'customer ' || encounters.customer_id) as met,
        encounters.occurred_at,
        coalesce(touchpoints.is_moment_of_truth, false) as is_moment_of_truth,
        encounters.load_id
    from {{ ref('encounters') }} as encounters
    left join {{ ref('touchpoints') }} as touchpoints
        on encounters.touchpoint = touchpoints.touchpoint
    left join {{ ref('people') }} as people on encounters.person_id = people.person_id
    where {{ is_past('encounters.occurred_at') }}
),

asked as (
    select
        invitation_id,
        touchpoint,
        'person ' || person_id as met,
        sent_at
    from {{ ref('fct_survey_invitation') }}
    where is_sent and person_id is not null
    union all
    select
        invitation_id,
        touchpoint,
        'customer ' || customer_id as met,
        sent_at
    from {{ ref('fct_survey_invitation') }}
    where is_sent and customer_id is not null
),

-- An invitation asks about the latest encounter at its touchpoint before it.
invited as (
    select
        max_by(encounters.encounter_id, (encounters.occurred_at, encounters.encounter_id))
            as encounter_id
    from asked
    inner join encounters
        on
            asked.touchpoint = encounters.touchpoint
            and asked.met = encounters.met
            and asked.sent_at >= encounters.occurred_at
    group by asked.invitation_id
),

-- Whoever answered was asked, and a terminal asks everybody who passes it that day.
answered as (
    select encounter_id from {{ ref('fct_survey_response') }} where encounter_id is not null
),

terminal_days as (
    select distinct
        touchpoint,
        {{ local_date('submitted_at') }} as day
    from {{ ref('fct_survey_response') }}
    where is_kiosk_press and touchpoint is not null
),

final as (
    select
        encounters.encounter_id,
        encounters.touchpoint,
        encounters.person_id,
        encounters.customer_id,
        encounters.occurred_at,
        {{ month_index_of('encounters.occurred_at') }} as month_no,
        encounters.is_moment_of_truth,
        encounters.encounter_id in (select encounter_id from invited)
        or encounters.encounter_id in (select encounter_id from answered)
        or terminal_days.touchpoint is not null as is_covered,
        encounters.load_id
    from encounters
    left join terminal_days
        on
            encounters.touchpoint = terminal_days.touchpoint
            and {{ local_date('encounters.occurred_at') }} = terminal_days.day
    where
        encounters.customer_id is null
        or encounters.customer_id not in (select customer_id from internal_customers)
)

select * from final
