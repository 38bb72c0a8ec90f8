with

slots as (
    select * from {{ ref('fct_queue_slot') }}
),

final as (
    select
        slots.slot_at,
        slots.day,
        slots.queue,
        slots.channel,
        slots.offered_n,
        slots.answered_n,
        slots.in_target_n,
        slots.abandoned_n,
        slots.short_abandons_n,
        slots.blocked_n,
        slots.after_hours_n,
        slots.timed_n + slots.abandoned_n as judged_n,
        cast(slots.in_target_n / nullif(slots.timed_n + slots.abandoned_n, 0) as decimal(9, 6))
            as service_level,
        cast(slots.answered_queue_s / nullif(slots.timed_n, 0) as decimal(18, 6)) as asa_s,
        cast(slots.abandoned_n / nullif(slots.offered_n, 0) as decimal(9, 6)) as abandonment_rate,
        cast(
            slots.blocked_n / nullif(slots.offered_n + slots.blocked_n, 0) as decimal(9, 6)
        ) as blockage_rate,
        cast(
            slots.answered_n / nullif(slots.offered_n + slots.blocked_n, 0) as decimal(9, 6)
        ) as reachability_rate,
        -- Limits and alerts are made of METRICS 10.1 and 10.2, which nothing here computes.
        cast(null as decimal(9, 6)) as service_level_lower,
        cast(null as decimal(9, 6)) as service_level_upper,
        cast(null as bigint) as alerts_n,
        'not_applicable' as control_status,
        {{ mart_lineage() }},
    from slots
)

select * from final
