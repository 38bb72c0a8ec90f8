-- depends_on: {{ ref('changed_service_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_no', ref('changed_service_month')) }}",
    )
}}

with

-- Decided by now: done, dropped when it was late already, or late and still waiting (8.16).
decided as (
    select
        *,
        coalesce(is_breached, true) as is_late
    from {{ ref('fct_sla_instance') }}
    where
        is_breached is not null
        or (finished_at is null and dropped_at is null and late_after < {{ as_of() }})
),

due as (
    select
        metric,
        {{ month_index_of('deadline_at') }} as month_no,
        channel,
        team,
        topic,
        priority,
        count(*) as decided_n,
        count(*) filter (where is_late) as late_n,
        count(*) filter (where not is_late) as met_n
    from decided
    where
        {{ is_past('deadline_at') }}
        and {{ in_changed_month(month_index_of('deadline_at')) }}
    group by all
),

first_replies as (
    select * from due where metric = 'first_reply'
),

next_replies as (
    select * from due where metric = 'next_reply'
),

resolutions as (
    select * from due where metric = 'resolution'
),

final as (
    {{ service_parts('sla_breach_rate', 'late_n', 'decided_n', 'due') }}
    union all
    {{ service_parts('sla_breach_rate', 'late_n', 'decided_n', 'first_replies', 'first_reply') }}
    union all
    {{ service_parts('sla_breach_rate', 'late_n', 'decided_n', 'next_replies', 'next_reply') }}
    union all
    {{ service_parts('sla_breach_rate', 'late_n', 'decided_n', 'resolutions', 'resolution') }}
    union all
    -- The service level of written channels: first replies in time (8.7).
    {{ service_parts('service_level', 'met_n', 'decided_n', 'first_replies', 'tickets') }}
)

select * from final
