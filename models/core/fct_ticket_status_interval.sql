-- depends_on: {{ ref('changed_ticket') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        meta={'plain_columns': ['ticket_id']},
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
        cases.ticket_id,
        cases.created_at,
        cases.schedule_id,
        {{ business_position('intervals', 'cases.created_at') }} as created_position
    from {{ ref('fct_ticket_case') }} as cases
    left join {{ ref('dim_business_interval') }} as intervals
        on {{ holds_instant('intervals', 'cases.schedule_id', 'cases.created_at') }}
    where cases.ticket_id in (select ticket_id from interrupted)
),

-- No stretch begins before the ticket, whatever the source's clocks say.
changes as (
    select
        cases.*,
        events.occurred_at,
        events.event_id,
        events.from_value,
        events.to_value,
        greatest(events.occurred_at, cases.created_at) as from_at
    from {{ ref('fct_ticket_event') }} as events
    inner join cases on events.ticket_id = cases.ticket_id
    where
        events.field = 'status'
        and events.to_value <> 'deleted'
        and {{ is_past('events.occurred_at') }}
),

positioned as (
    select
        changes.*,
        {{ business_position('intervals', 'changes.from_at') }}
        - changes.created_position as business_from_us
    from changes
    inner join {{ ref('dim_business_interval') }} as intervals
        on {{ holds_instant('intervals', 'changes.schedule_id', 'changes.from_at') }}
),

-- A window, but over the log of interrupted tickets only.
numbered as (
    select
        ticket_id,
        created_at,
        from_value,
        to_value,
        from_at,
        business_from_us,
        row_number() over log_order as change_no,
        lead(from_at) over log_order as to_at,
        lead(business_from_us) over log_order as business_to_us
    from positioned
    window
        log_order as (
            partition by ticket_id
            order by
                occurred_at asc nulls last, length(event_id) asc nulls last,
                event_id asc nulls last
        )
),

-- A change begins a stretch, and the first one ends the stretch that the ticket began with.
sides as (
    select kinds.is_beginning
    from (values (true), (false)) as kinds (is_beginning)
),

stretches as (
    select
        numbered.ticket_id,
        case when sides.is_beginning then numbered.change_no + 1 else 1 end as interval_no,
        case
            when sides.is_beginning then numbered.to_value
            else coalesce(numbered.from_value, 'new')
        end as status,
        case when sides.is_beginning then numbered.from_at else numbered.created_at end as from_at,
        case when sides.is_beginning then numbered.to_at else numbered.from_at end as to_at,
        case when sides.is_beginning then numbered.business_from_us else 0 end as business_from_us,
        case when sides.is_beginning then numbered.business_to_us else numbered.business_from_us end
            as business_to_us
    from numbered
    inner join sides on sides.is_beginning or numbered.change_no = 1
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
    from stretches
    where from_at < to_at or to_at is null
)

select * from final
