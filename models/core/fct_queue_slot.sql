-- What met a queue in each quarter of an hour, by when it came. Of a month, a day or a queue the
-- slots are added up and divided then, never their shares (METRICS 8.7).
with

met as (
    select
        {{ slot_start('started_at', 900) }} as slot_at,
        coalesce(queue, 'unknown') as queue,
        channel,
        outcome,
        is_short_abandon,
        queue_s
    from {{ ref('fct_contact') }} as contacts
    where exclusion_reason is null and {{ waits_in_queue('contacts') }}
),

final as (
    select
        slot_at,
        {{ local_date('slot_at') }} as day,
        queue,
        channel,
        count(*) filter (
            where outcome = 'answered' or (outcome = 'abandoned' and not is_short_abandon)
        ) as offered_n,
        count(*) filter (where outcome = 'answered') as answered_n,
        -- An answer after an unknown wait is neither in time nor late.
        count(*) filter (where outcome = 'answered' and queue_s is not null) as timed_n,
        count(*) filter (where outcome = 'answered' and queue_s <= {{ var('voice_target_s') }})
            as in_target_n,
        count(*) filter (where outcome = 'abandoned' and not is_short_abandon) as abandoned_n,
        count(*) filter (where is_short_abandon) as short_abandons_n,
        count(*) filter (where outcome = 'blocked') as blocked_n,
        count(*) filter (where outcome = 'after_hours') as after_hours_n,
        coalesce(sum(queue_s) filter (where outcome = 'answered'), 0) as answered_queue_s
    from met
    group by slot_at, queue, channel
)

select * from final
