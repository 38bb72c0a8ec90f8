-- depends_on: {{ ref('changed_ticket') }}
-- depends_on: {{ ref('changed_ticket_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        meta={'plain_columns': ['ticket_id']},
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

cases as (
    select
        ticket_id,
        schedule_id,
        first_reply_at,
        first_team,
        team_event_at,
        to_team,
        is_rerouted
    from {{ ref('fct_ticket_case') }}
    -- The customer wrote again.
    where last_question_at >= first_reply_at
),

customer_messages as (
    select
        messages.ticket_id,
        messages.message_id,
        messages.sent_at
    from {{ ref('fct_ticket_message') }} as messages
    inner join cases on messages.ticket_id = cases.ticket_id
    where
        messages.author_type = 'customer'
        and messages.is_public
        and messages.sent_at >= cases.first_reply_at
        and {{ is_past('messages.sent_at') }}
),

talk as (
    select
        ticket_id,
        message_id,
        sent_at,
        true as is_customer,
        '' as agent_id
    from customer_messages
    union all
    select
        replies.ticket_id,
        replies.message_id,
        replies.sent_at,
        false as is_customer,
        coalesce(replies.author_id, '') as agent_id
    from {{ ref('fct_ticket_human_reply') }} as replies
    inner join cases on replies.ticket_id = cases.ticket_id
    where replies.sent_at >= cases.first_reply_at
),

-- A window, but over the tickets only whose customer wrote again. What the customer wrote since the
-- last reply waits for the next one, and has as many replies before it as that has.
counted as (
    select
        *,
        count(*) filter (where not is_customer) over (
            partition by ticket_id
            order by
                sent_at asc nulls last, length(message_id) asc nulls last,
                message_id asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as replies_before_n
    from talk
),

waited as (
    select
        ticket_id,
        replies_before_n,
        min(sent_at) filter (where is_customer) as asked_at,
        min(sent_at) filter (where not is_customer) as replied_at,
        nullif(min(agent_id) filter (where not is_customer), '') as responder_agent_id
    from counted
    where replies_before_n > 0
    group by ticket_id, replies_before_n
    having count(*) filter (where is_customer) > 0
),

turns as (
    select
        ticket_id,
        row_number() over (
            partition by ticket_id order by replies_before_n asc nulls last
        ) as turn_no,
        asked_at,
        replied_at,
        responder_agent_id
    from waited
),

-- As in macros/ticket_log.sql: '' is a ticket that was taken from its team.
routed as (
    select
        turns.ticket_id,
        turns.turn_no,
        max_by(
            coalesce(routing.to_value, ''),
            {{ log_position('routing.occurred_at', 'routing.event_id') }}
        ) as team
    from turns
    inner join {{ ref('fct_ticket_event') }} as routing
        on turns.ticket_id = routing.ticket_id and turns.replied_at >= routing.occurred_at
    where
        routing.field = 'team'
        and turns.ticket_id in (select ticket_id from cases where is_rerouted)
    group by turns.ticket_id, turns.turn_no
),

final as (
    select
        turns.ticket_id,
        cast(turns.turn_no as bigint) as turn_no,
        turns.asked_at,
        turns.replied_at,
        turns.responder_agent_id,
        case
            when turns.replied_at is null then null
            when routed.team is not null then nullif(routed.team, '')
            when not cases.is_rerouted and cases.team_event_at <= turns.replied_at
                then cases.to_team
            else cases.first_team
        end as team_at_reply,
        cases.schedule_id,
        {{ elapsed_s('turns.asked_at', 'turns.replied_at') }} as calendar_s,
        {{ business_elapsed_s(
            business_position('at_start', 'turns.asked_at'),
            business_position('at_reply', 'turns.replied_at')
        ) }} as business_s
    from turns
    inner join cases on turns.ticket_id = cases.ticket_id
    left join routed on turns.ticket_id = routed.ticket_id and turns.turn_no = routed.turn_no
    left join {{ ref('dim_business_interval') }} as at_start
        on {{ holds_instant('at_start', 'cases.schedule_id', 'turns.asked_at') }}
    left join {{ ref('dim_business_interval') }} as at_reply
        on {{ holds_instant('at_reply', 'cases.schedule_id', 'turns.replied_at') }}
)

select * from final
