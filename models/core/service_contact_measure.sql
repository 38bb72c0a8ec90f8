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
        contacts.is_ticketless,
        contacts.outcome = 'answered' as is_answered,
        contacts.outcome = 'abandoned' and not contacts.is_short_abandon as is_abandoned,
        contacts.outcome = 'blocked' as is_blocked,
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
        is_inbound,
        count(*) filter (where is_answered) as answered_n,
        count(*) filter (where is_abandoned) as abandoned_n,
        count(*) filter (where is_blocked) as blocked_n,
        count(*) filter (where is_ticketless and (is_answered or is_abandoned)) as requests_n,
        count(*) filter (
            where is_answered and queue_s <= {{ var('voice_target_s') }}
        ) as in_target_n,
        count(queue_s) filter (where is_answered) as answered_queue_n,
        sum(queue_s) filter (where is_answered) as answered_queue_s,
        count(queue_s) filter (where is_answered or is_abandoned) as queue_n,
        sum(queue_s) filter (where is_answered or is_abandoned) as queue_s,
        count(handle_s) filter (where is_answered) as handled_n,
        sum(handle_s) filter (where is_answered) as handle_s
    from offered
    group by month_no, channel, team, topic, is_inbound
),

inbound as (
    select * from counted where is_inbound
),

final as (
    select
        'request_volume' as metric_id,
        month_no,
        channel,
        team,
        topic,
        requests_n as numerator,
        0 as denominator
    from inbound
    union all
    select
        'asa_s' as metric_id,
        month_no,
        channel,
        team,
        topic,
        answered_queue_s as numerator,
        answered_queue_n as denominator
    from inbound
    union all
    select
        'avg_queue_wait_s' as metric_id,
        month_no,
        channel,
        team,
        topic,
        queue_s as numerator,
        queue_n as denominator
    from inbound
    union all
    select
        'service_level' as metric_id,
        month_no,
        channel,
        team,
        topic,
        in_target_n as numerator,
        -- An answer after an unknown wait is neither in time nor late.
        answered_queue_n + abandoned_n as denominator
    from inbound
    union all
    select
        'abandonment_rate' as metric_id,
        month_no,
        channel,
        team,
        topic,
        abandoned_n as numerator,
        answered_n + abandoned_n as denominator
    from inbound
    union all
    select
        'blocked_calls' as metric_id,
        month_no,
        channel,
        team,
        topic,
        blocked_n as numerator,
        0 as denominator
    from inbound
    union all
    select
        'blockage_rate' as metric_id,
        month_no,
        channel,
        team,
        topic,
        blocked_n as numerator,
        answered_n + abandoned_n + blocked_n as denominator
    from inbound
    union all
    select
        'reachability_rate' as metric_id,
        month_no,
        channel,
        team,
        topic,
        answered_n as numerator,
        answered_n + abandoned_n + blocked_n as denominator
    from inbound
    union all
    select
        'aht_s' as metric_id,
        month_no,
        channel,
        team,
        topic,
        handle_s as numerator,
        handled_n as denominator
    from counted
)

select * from final
