-- depends_on: {{ ref('changed_ticket') }}
-- depends_on: {{ ref('changed_ticket_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        meta={'plain_columns': ['ticket_id', 'customer_id']},
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

cases as (
    select
        *,
        coalesce(
            exclusion_reason, case when is_bot_session then 'bot_only' end
        ) as reason_out,
        {{ add_seconds('first_solved_at', var('fcr_window_days') ~ ' * 86400') }} as fcr_matures_at
    from {{ ref('fct_ticket_clock') }}
),

repeats as (
    select * from {{ ref('fct_ticket_repeat') }}
),

waits as (
    select * from {{ ref('fct_ticket_wait') }}
),

judged as (
    select
        cases.*,
        case
            when cases.reason_out is not null then cases.reason_out
            when cases.first_solved_at is null then 'unsolved'
            when not (cases.is_history_known and cases.has_messages) then 'history_unknown'
            when cases.contacts_to_first_solve_n is null then 'contacts_unknown'
            when cases.customer_id is null then 'unidentified_requester'
            when not cases.is_customer_initiated then 'not_customer_initiated'
            when cases.fcr_matures_at > {{ as_of() }} then 'immature'
        end as fcr_exclusion_reason,
        case
            when cases.contacts_to_first_solve_n = 0 then 'no_contact'
            when cases.contacts_to_first_solve_n > 1 then 'several_contacts'
            when cases.first_counted_reopen_at <= cases.fcr_matures_at then 'reopened'
            when repeats.ticket_id is not null then 'repeat_request'
        end as fcr_failure
    from cases
    left join repeats on cases.ticket_id = repeats.ticket_id
),

final as (
    select
        judged.ticket_id,
        judged.source,
        judged.customer_id,
        judged.person_id,
        judged.requester_address,
        judged.channel,
        judged.topic,
        judged.priority,
        judged.service,
        judged.team,
        judged.first_team,
        judged.schedule_id,
        judged.status,
        judged.has_unknown_solve_time,
        judged.survivor_ticket_id,
        judged.created_at,
        judged.created_by,
        judged.is_customer_initiated,
        judged.assigned_at as first_assigned_at,
        judged.team_at_first_assignment,
        judged.reply_clock_from,
        judged.first_reply_at,
        judged.sessions_n > 0 as is_answered_live,
        judged.first_responder_agent_id,
        judged.team_at_first_reply,
        {{ month_index_of('judged.first_reply_at') }} as first_reply_month_no,
        judged.first_solved_at,
        {{ month_index_of('judged.first_solved_at') }} as first_solved_month_no,
        judged.assignee_at_first_solve,
        judged.team_at_first_solve,
        judged.last_solved_at,
        {{ month_index_of('judged.last_solved_at') }} as last_solved_month_no,
        judged.assignee_at_last_solve,
        judged.team_at_last_solve,
        judged.frt_calendar_s,
        judged.frt_business_s,
        judged.first_resolution_calendar_s,
        judged.first_resolution_business_s,
        judged.full_resolution_calendar_s,
        judged.full_resolution_business_s,
        -- A ticket without a pause or a reopen waited for its agent from creation to solve.
        {{ wait_until_solved('requester_wait_calendar_s', 'judged.full_resolution_calendar_s') }},
        {{ wait_until_solved('requester_wait_business_s', 'judged.full_resolution_business_s') }},
        {{ wait_until_solved('agent_wait_calendar_s', '0') }},
        {{ wait_until_solved('agent_wait_business_s', '0') }},
        {{ wait_until_solved('on_hold_calendar_s', '0') }},
        {{ wait_until_solved('on_hold_business_s', '0') }},
        judged.replies_n,
        judged.contacts_to_first_solve_n,
        -- Whether a reopen counts hangs on a reply.
        case when judged.is_history_known and judged.has_messages then judged.reopens_n end
            as reopens_n,
        judged.first_counted_reopen_at,
        judged.transfers_n,
        case
            when
                judged.last_solved_at is not null
                and judged.is_history_known
                and judged.has_messages
                then judged.replies_n = 1 and judged.reopens_n = 0
        end as is_one_touch,
        case when judged.fcr_exclusion_reason is null then judged.fcr_failure is null end as is_fcr,
        case when judged.fcr_exclusion_reason is null then judged.fcr_failure end
            as fcr_failure_reason,
        judged.fcr_exclusion_reason,
        judged.fcr_matures_at,
        judged.is_agent_marked_fcr,
        judged.is_history_known,
        judged.has_messages,
        judged.reason_out as exclusion_reason,
        judged.load_id
    from judged
    left join waits on judged.ticket_id = waits.ticket_id
)

select * from final
