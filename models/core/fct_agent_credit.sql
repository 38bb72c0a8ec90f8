{{ config(materialized='view') }}

with

-- R18: one rule of credit per metric.
final as (
    select
        'first_reply' as kind,
        first_responder_agent_id as agent_id,
        first_reply_at as credited_at,
        first_reply_month_no as month_no,
        team_at_first_reply as event_team,
        channel,
        frt_calendar_s as calendar_s,
        frt_business_s as business_s,
        cast(null as boolean) as is_fcr,
        cast(null as boolean) as is_reopened,
        cast(null as boolean) as is_one_touch,
        cast(null as boolean) as is_answered,
        cast(null as boolean) as is_resolved,
        cast(null as bigint) as queue_s,
        cast(null as bigint) as handle_s,
        cast(null as decimal(18, 6)) as score,
        cast(null as boolean) as is_satisfied,
        cast(null as decimal(18, 6)) as review_score
    from {{ counted_tickets(ref('fct_ticket')) }} as tickets
    where frt_calendar_s is not null
    union all
    select
        'first_solve' as kind,
        assignee_at_first_solve as agent_id,
        first_solved_at as credited_at,
        first_solved_month_no as month_no,
        team_at_first_solve as event_team,
        channel,
        case when is_worked_on then first_resolution_calendar_s end as calendar_s,
        case when is_worked_on then first_resolution_business_s end as business_s,
        is_fcr,
        case when reopens_n is not null then is_reopened end as is_reopened,
        null as is_one_touch,
        null as is_answered,
        null as is_resolved,
        null as queue_s,
        null as handle_s,
        null as score,
        null as is_satisfied,
        null as review_score
    from {{ counted_tickets(ref('fct_ticket')) }} as tickets
    where first_solved_at is not null
    union all
    select
        'last_solve' as kind,
        assignee_at_last_solve as agent_id,
        last_solved_at as credited_at,
        last_solved_month_no as month_no,
        team_at_last_solve as event_team,
        channel,
        case when is_worked_on then full_resolution_calendar_s end as calendar_s,
        case when is_worked_on then full_resolution_business_s end as business_s,
        null as is_fcr,
        null as is_reopened,
        is_one_touch,
        null as is_answered,
        null as is_resolved,
        null as queue_s,
        null as handle_s,
        null as score,
        null as is_satisfied,
        null as review_score
    from {{ counted_tickets(ref('fct_ticket')) }} as tickets
    where last_solved_at is not null
    union all
    select
        'contact' as kind,
        agent_id,
        started_at as credited_at,
        {{ month_index_of('started_at') }} as month_no,
        team as event_team,
        channel,
        null as calendar_s,
        null as business_s,
        null as is_fcr,
        null as is_reopened,
        null as is_one_touch,
        outcome = 'answered' as is_answered,
        is_resolved,
        case when outcome = 'answered' and {{ waits_in_queue('contacts') }} then queue_s end
            as queue_s,
        case when outcome = 'answered' then handle_s end as handle_s,
        null as score,
        null as is_satisfied,
        null as review_score
    from {{ ref('fct_contact') }} as contacts
    where exclusion_reason is null
    union all
    select
        'rating' as kind,
        agent_id,
        submitted_at as credited_at,
        {{ month_index_of('submitted_at') }} as month_no,
        null as event_team,
        channel,
        null as calendar_s,
        null as business_s,
        null as is_fcr,
        null as is_reopened,
        null as is_one_touch,
        null as is_answered,
        null as is_resolved,
        null as queue_s,
        null as handle_s,
        score,
        is_satisfied,
        null as review_score
    from {{ ref('fct_csat_rating') }}
    union all
    select
        'review' as kind,
        agent_id,
        reviewed_at as credited_at,
        {{ month_index_of('reviewed_at') }} as month_no,
        team as event_team,
        channel,
        null as calendar_s,
        null as business_s,
        null as is_fcr,
        null as is_reopened,
        null as is_one_touch,
        null as is_answered,
        null as is_resolved,
        null as queue_s,
        null as handle_s,
        null as score,
        null as is_satisfied,
        review_score
    from {{ ref('fct_qa_review') }}
)

select * from final
