with

figures as (
    select
        *,
        {{ month_start('month_no') }} as month
    from {{ ref('service_shown_figure') }}
    where dim_name in ('all', 'team', 'channel', 'priority', 'topic', 'cell')
),

-- What is measured at all, of which a cell without it has 0.
known as (
    select
        metric_id,
        statistic
    from figures
    group by metric_id, statistic
),

-- A duration has one row with its statistics, which become columns.
durations as (
    select
        *,
        {{ month_start('month_no') }} as month
    from {{ ref('service_duration_month') }}
    where
        month_no < {{ month_index_of(as_of()) }}
        and dim_name in ('all', 'team', 'channel', 'priority', 'topic', 'cell')
),

others as (
    select
        month,
        team,
        channel,
        priority,
        topic,
        metric_id,
        statistic,
        value
    from figures
    where not {{ is_duration('statistic') }}
    union all
    -- Where nothing else was measured the durations have a row too.
    select distinct
        month,
        team,
        channel,
        priority,
        topic,
        null as metric_id,
        null as statistic,
        null as value
    from durations
    union all
    select distinct
        month,
        team,
        channel,
        priority,
        topic,
        null as metric_id,
        null as statistic,
        null as value
    from figures
    where {{ is_duration('statistic') }}
),

cells as (
    select
        month,
        team,
        channel,
        priority,
        topic,
        {{ service_kpi_count('request_volume') }},
        {{ service_kpi_count('contact_volume_by_channel') }},
        {{ service_kpi_count('open_cases') }},
        {{ service_kpi_count('ticket_backlog') }},
        {{ service_kpi_count('ticket_backlog', 'age_0_1_n', 'backlog_age_0_1_n') }},
        {{ service_kpi_count('ticket_backlog', 'age_2_7_n', 'backlog_age_2_7_n') }},
        {{ service_kpi_count('ticket_backlog', 'age_8_30_n', 'backlog_age_8_30_n') }},
        {{ service_kpi_count('ticket_backlog', 'age_over_30_n', 'backlog_age_over_30_n') }},
        {{ service_kpi_count('frt_s', 'unanswered_n', 'unanswered_n') }},
        {{ service_kpi_count('next_reply_s', 'unanswered_n', 'next_reply_unanswered_n') }},
        {{ service_kpi_count('frt_s', 'no_reply_solved_n', 'no_reply_solved_n') }},
        {{ service_kpi_count('blocked_calls') }},
        {{ service_kpi_count('abandonment_rate', 'short_abandons_n', 'short_abandons_n') }},
        {{ service_kpi_count('blocked_calls', 'after_hours_n', 'after_hours_n') }},
        {{ service_kpi('channel_share', 'decimal(9, 6)') }},
        {{ service_kpi('contact_rate', 'decimal(18, 6)') }},
        {{ service_kpi('backlog_age_median_days', 'decimal(18, 6)') }},
        {{ service_kpi(
            'frt_s', 'decimal(18, 6)', 'oldest_unanswered_days', 'oldest_unanswered_days'
        ) }},
        {{ service_kpi('resolution_rate', 'decimal(9, 6)') }},
        {{ service_kpi('clearance_rate', 'decimal(18, 6)') }},
        {{ service_kpi('service_level', 'decimal(9, 6)') }},
        {{ service_kpi('service_level', 'decimal(9, 6)', 'tickets', 'service_level_tickets') }},
        {{ service_kpi('asa_s', 'decimal(18, 6)') }},
        {{ service_kpi('avg_queue_wait_s', 'decimal(18, 6)') }},
        {{ service_kpi('blockage_rate', 'decimal(9, 6)') }},
        {{ service_kpi('abandonment_rate', 'decimal(9, 6)') }},
        {{ service_kpi('reachability_rate', 'decimal(9, 6)') }},
        {{ service_kpi('work_time_per_resolution_s', 'decimal(18, 6)') }},
        {{ service_kpi('aht_s', 'decimal(18, 6)') }},
        {{ service_kpi('aht_case_s', 'decimal(18, 6)') }},
        {{ service_kpi('aht_case_incl_queue_s', 'decimal(18, 6)') }},
        {{ service_kpi('sla_breach_rate', 'decimal(9, 6)') }},
        {{ service_kpi(
            'sla_breach_rate', 'decimal(9, 6)', 'first_reply', 'sla_breach_rate_first_reply'
        ) }},
        {{ service_kpi(
            'sla_breach_rate', 'decimal(9, 6)', 'next_reply', 'sla_breach_rate_next_reply'
        ) }},
        {{ service_kpi(
            'sla_breach_rate', 'decimal(9, 6)', 'resolution', 'sla_breach_rate_resolution'
        ) }},
        {{ service_kpi('fcr', 'decimal(9, 6)') }},
        {{ service_kpi('fcr_survey', 'decimal(9, 6)') }},
        {{ service_kpi('fcr_agent', 'decimal(9, 6)') }},
        {{ service_kpi('fcr_survey', 'decimal(9, 6)', 'agreement', 'fcr_agreement') }},
        {{ service_kpi('reopen_rate', 'decimal(9, 6)') }},
        {{ service_kpi('one_touch_rate', 'decimal(9, 6)') }},
        {{ service_kpi('transfer_rate', 'decimal(9, 6)') }},
        {{ service_kpi(
            'transfer_rate', 'decimal(18, 6)', 'transfers_per_ticket', 'transfers_per_ticket'
        ) }},
        {{ service_kpi('occupancy', 'decimal(9, 6)') }},
        {{ service_kpi('cost_per_contact_eur', 'decimal(18, 6)') }},
        {{ service_kpi('cost_per_resolution_eur', 'decimal(18, 6)') }},
        {{ service_kpi('iqs', 'decimal(9, 6)') }},
        {{ service_kpi('iqs', 'decimal(9, 6)', 'random_sample_share', 'iqs_random_sample_share') }},
        {{ service_kpi('iqs', 'decimal(18, 6)', 'reviewed_share', 'iqs_reviewed_share') }},
        {{ service_kpi('iqs', 'decimal(9, 6)', 'reviewer_agreement', 'iqs_reviewer_agreement') }}
    from others
    group by month, team, channel, priority, topic
),

spans as (
    select
        month,
        team,
        channel,
        priority,
        topic,
        {{ service_kpi_duration('frt') }},
        {{ service_kpi_duration('next_reply') }},
        {{ service_kpi_duration('first_resolution') }},
        {{ service_kpi_duration('art') }},
        {{ service_kpi_duration('requester_wait') }},
        {{ service_kpi_duration('agent_wait') }},
        {{ service_kpi_duration('on_hold') }}
    from durations
    group by month, team, channel, priority, topic
),

final as (
    select
        cells.*,
        {{ service_kpi_span('frt') }},
        {{ service_kpi_span('next_reply') }},
        {{ service_kpi_span('first_resolution') }},
        {{ service_kpi_span('art') }},
        {{ service_kpi_span('requester_wait') }},
        {{ service_kpi_span('agent_wait') }},
        {{ service_kpi_span('on_hold') }},
        {{ mart_lineage() }}
    from cells
    left join spans
        on
            cells.month = spans.month
            and cells.team = spans.team
            and cells.channel = spans.channel
            and cells.priority = spans.priority
            and cells.topic = spans.topic
)

select * from final
