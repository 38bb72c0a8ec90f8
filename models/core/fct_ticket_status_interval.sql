-- depends_on: {{ ref('changed_ticket') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('ticket_id', ref('changed_ticket')) }}",
    )
}}

with

-- The others were new or open from their creation to their solve, which needs no table, unless the
-- clock of an SLA stands still even then.
policies as (
    select coalesce(bool_or(pauses_new or pauses_open), false) as need_every_ticket
    from {{ ref('dim_sla_policy') }}
),

interrupted as (
    select ticket_id
    from {{ ref('fct_ticket_log') }}
    where
        pauses_n > 0
        or last_unsolved_at >= first_solved_at
        or left_other_status_at <= first_solved_at
        or (status_events_n > 0 and (select need_every_ticket from policies))
),

cases as (
    select
        ticket_id,
        created_at,
        schedule_id
    from {{ ref('fct_ticket_case') }}
    where ticket_id in (select ticket_id from interrupted)
),

changes as (
    select
        ticket_id,
        occurred_at,
        event_id,
        from_value,
        to_value
    from {{ ref('ticket_events') }}
    where
        field = 'status'
        and to_value <> 'deleted'
        and occurred_at <= {{ as_of() }}
        and ticket_id in (select ticket_id from interrupted)
),

boundaries as (
    select
        cases.ticket_id,
        cases.schedule_id,
        cases.created_at as from_at,
        min_by(
            coalesce(changes.from_value, 'new'),
            {{ log_position('changes.occurred_at', 'changes.event_id') }}
        ) as status,
        '' as event_id,
        cast(null as timestamptz) as occurred_at
    from cases
    inner join changes on cases.ticket_id = changes.ticket_id
    group by cases.ticket_id, cases.schedule_id, cases.created_at
    union all
    -- No stretch begins before the ticket, whatever the source's clocks say.
    select
        cases.ticket_id,
        cases.schedule_id,
        greatest(changes.occurred_at, cases.created_at) as from_at,
        changes.to_value as status,
        changes.event_id,
        changes.occurred_at
    from cases
    inner join changes on cases.ticket_id = changes.ticket_id
),

positioned as (
    select
        boundaries.*,
        {{ business_position('intervals', 'boundaries.from_at') }} as business_position
    from boundaries
    inner join {{ ref('dim_business_interval') }} as intervals
        on {{ holds_instant('intervals', 'boundaries.schedule_id', 'boundaries.from_at') }}
),

-- A window, but over the log of interrupted tickets only.
numbered as (
    select
        ticket_id,
        status,
        from_at,
        row_number() over log_order as interval_no,
        lead(from_at) over log_order as to_at,
        business_position - first_value(business_position) over log_order as business_from_us,
        lead(business_position) over log_order
        - first_value(business_position) over log_order as business_to_us
    from positioned
    window
        log_order as (
            partition by ticket_id
            order by
                occurred_at asc nulls first, length(event_id) asc nulls last,
                event_id asc nulls last
        )
),

final as (
    select
        ticket_id,
        cast(interval_no as bigint) as interval_no,
        status,
        from_at,
        to_at,
        cast(business_from_us as bigint) as business_from_us,
        cast(business_to_us as bigint) as business_to_us
    from numbered
    where from_at < to_at or to_at is null
)

select * from final
