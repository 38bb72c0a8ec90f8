-- What callers and chatters met. A short abandon gave the centre no chance and counts nowhere, a
-- call outside opening hours is neither blocked nor abandoned (8.7 to 8.15).
with

offered as (
    select
        {{ month_index_of('contacts.started_at') }} as month_no,
        contacts.channel,
        contacts.team,
        coalesce(contacts.topic, tickets.topic) as topic,
        contacts.direction = 'inbound' as is_inbound,
        {{ waits_in_queue('contacts') }} as is_queued,
        contacts.is_ticketless,
        contacts.outcome = 'answered' as is_answered,
        contacts.outcome = 'abandoned' and not contacts.is_short_abandon as is_abandoned,
        contacts.outcome = 'blocked' as is_blocked,
        contacts.is_short_abandon,
        contacts.outcome = 'after_hours' as is_after_hours,
        contacts.queue_s,
        contacts.handle_s
    from {{ ref('fct_contact') }} as contacts
    left join {{ ref('fct_ticket') }} as tickets on contacts.ticket_id = tickets.ticket_id
    where contacts.exclusion_reason is null
),

counted as (
    select
        month_no,
        channel,
        team,
        topic,
        -- A call has no priority.
        cast(null as varchar) as priority,
        is_inbound,
        is_queued,
        count(*) as contacts_n,
        count(*) filter (where is_answered) as answered_n,
        count(*) filter (where is_abandoned) as abandoned_n,
        count(*) filter (where is_blocked) as blocked_n,
        count(*) filter (where is_ticketless and (is_answered or is_abandoned)) as requests_n,
        count(*) filter (where is_short_abandon) as short_abandons_n,
        count(*) filter (where is_after_hours) as after_hours_n,
        count(*) filter (
            where is_answered and queue_s <= {{ var('voice_target_s') }}
        ) as in_target_n,
        count(queue_s) filter (where is_answered) as answered_queue_n,
        coalesce(sum(queue_s) filter (where is_answered), 0) as answered_queue_s,
        count(queue_s) filter (where is_answered or is_abandoned) as queue_n,
        coalesce(sum(queue_s) filter (where is_answered or is_abandoned), 0) as queue_s,
        count(handle_s) filter (where is_answered) as handled_n,
        coalesce(sum(handle_s) filter (where is_answered), 0) as handle_s
    from offered
    group by month_no, channel, team, topic, is_inbound, is_queued
),

inbound as (
    select * from counted where is_inbound
),

queued as (
    select
        *,
        answered_n + abandoned_n as offered_n,
        answered_n + abandoned_n + blocked_n as attempted_n,
        -- An answer after an unknown wait is neither in time nor late.
        answered_queue_n + abandoned_n as judged_n
    from counted
    where is_queued
),

final as (
    {{ service_parts('contact_volume_by_channel', 'contacts_n', none, 'counted') }}
    union all
    {{ service_parts('aht_s', 'handle_s', 'handled_n', 'counted') }}
    union all
    {{ service_parts('request_volume', 'requests_n', none, 'inbound') }}
    union all
    {{ service_parts('asa_s', 'answered_queue_s', 'answered_queue_n', 'queued') }}
    union all
    {{ service_parts('avg_queue_wait_s', 'queue_s', 'queue_n', 'queued') }}
    union all
    {{ service_parts('service_level', 'in_target_n', 'judged_n', 'queued') }}
    union all
    {{ service_parts('abandonment_rate', 'abandoned_n', 'offered_n', 'queued') }}
    union all
    {{ service_parts(
        'abandonment_rate', 'short_abandons_n', none, 'queued', 'short_abandons_n'
    ) }}
    union all
    {{ service_parts('blocked_calls', 'blocked_n', none, 'queued') }}
    union all
    {{ service_parts('blocked_calls', 'after_hours_n', none, 'queued', 'after_hours_n') }}
    union all
    {{ service_parts('blockage_rate', 'blocked_n', 'attempted_n', 'queued') }}
    union all
    {{ service_parts('reachability_rate', 'answered_n', 'attempted_n', 'queued') }}
)

select * from final
