-- Changed tickets and months are found by what the contacts were before this model renews them.
-- depends_on: {{ ref('changed_ticket') }}
-- depends_on: {{ ref('changed_ticket_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        meta={'plain_columns': ['contact_id', 'ticket_id', 'customer_id']},
        pre_hook="{{ delete_changed('contact_id', ref('changed_contact')) }}",
    )
}}

with

-- No time runs backwards: what a telephone system tells below zero is not known.
contacts as (
    select
        *,
        case when queue_seconds >= 0 then queue_seconds end as queue_s,
        case when talk_seconds >= 0 then talk_seconds end as talk_s,
        case when hold_seconds >= 0 then hold_seconds end as hold_s,
        case when after_call_seconds >= 0 then after_call_seconds end as acw_s,
        case when handle_seconds >= 0 then handle_seconds end as stated_handle_s
    from {{ ref('contacts') }}
    where {{ among_changed('contact_id', ref('changed_contact')) }}
),

tickets as (
    select
        ticket_id,
        customer_id
    from {{ ref('tickets') }}
),

people as (
    select * from {{ ref('people') }}
),

own_staff as (
    select customer_id from {{ ref('customers') }} where is_internal
),

bots as (
    select * from {{ ref('dim_agent') }} where is_bot
),

identified as (
    select
        contacts.*,
        -- A telephone system often knows the ticket only.
        coalesce(contacts.customer_id, people.customer_id, tickets.customer_id)
            as known_customer_id,
        tickets.ticket_id is null as is_ticketless,
        bots.agent_id is not null as is_bot
    from contacts
    left join people on contacts.person_id = people.person_id
    left join tickets on contacts.ticket_id = tickets.ticket_id
    left join bots
        on
            contacts.agent_id = bots.agent_id
            and {{ is_valid_at('bots', 'contacts.started_at') }}
),

final as (
    select
        contact_id,
        source,
        ticket_id,
        is_ticketless,
        channel,
        direction,
        queue,
        topic,
        team,
        agent_id,
        known_customer_id as customer_id,
        person_id,
        started_at,
        outcome,
        block_cause,
        queue_s,
        talk_s,
        hold_s,
        acw_s,
        case
            when stated_handle_s is not null then stated_handle_s
            -- Nothing known is not nothing done.
            when coalesce(talk_s, hold_s, acw_s) is not null
                then coalesce(talk_s, 0) + coalesce(hold_s, 0) + coalesce(acw_s, 0)
        end as handle_s,
        -- An abandon of unknown wait counts as an abandon (METRICS 18).
        outcome = 'abandoned'
        and coalesce(queue_s < {{ var('short_abandon_s') }}, false) as is_short_abandon,
        is_resolved,
        case
            when started_at > {{ as_of() }} then 'after_as_of'
            when known_customer_id in (select customer_id from own_staff) then 'internal'
            when is_bot then 'bot_only'
            when direction = 'outbound' and is_ticketless then 'outbound_campaign'
        end as exclusion_reason,
        load_id
    from identified
)

select * from final
