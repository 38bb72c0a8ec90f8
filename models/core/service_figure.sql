{{ config(materialized='view') }}

with

measures as (
    select * from {{ ref('service_measure_month') }}
),

counts as (
    select * from measures where is_count
),

ratios as (
    select * from measures where not is_count
),

durations as (
    select * from {{ ref('service_duration_statistic') }}
),

ages as (
    select
        measures.month_no,
        measures.dim_name,
        measures.dim_value,
        measures.channel,
        measures.team,
        measures.topic,
        measures.priority,
        coalesce(backlogs.backlog_n, 0) as backlog_n,
        coalesce(backlogs.age_0_1_n, 0) as age_0_1_n,
        coalesce(backlogs.age_2_7_n, 0) as age_2_7_n,
        coalesce(backlogs.age_8_30_n, 0) as age_8_30_n,
        coalesce(backlogs.age_over_30_n, 0) as age_over_30_n,
        coalesce(backlogs.unanswered_n, 0) as unanswered_n,
        backlogs.median_age_days,
        backlogs.oldest_unanswered_days
    from measures
    left join {{ ref('service_backlog_month') }} as backlogs
        on
            measures.month_no = backlogs.month_no
            and measures.dim_name = backlogs.dim_name
            and measures.dim_value = backlogs.dim_value
            and measures.channel = backlogs.channel
            and measures.team = backlogs.team
            and measures.topic = backlogs.topic
            and measures.priority = backlogs.priority
    where measures.metric_id = 'ticket_backlog' and measures.statistic = 'value'
),

-- The channel's share of what reached the same team with the same topic and priority.
shares as (
    select
        *,
        sum(numerator) over (
            partition by month_no, dim_name, team, topic, priority
        ) as of_all
    from counts
    where
        metric_id = 'contact_volume_by_channel'
        and statistic = 'value'
        and dim_name in ('all', 'channel', 'cell')
),

contact_rates as (
    select * from {{ ref('service_contact_rate_month') }}
),

costs as (
    select
        *,
        case when dim_name = 'channel' then dim_value else 'all' end as channel,
        'all' as team,
        'all' as topic,
        'all' as priority
    from {{ ref('service_cost_month') }}
),

causes as (
    select
        *,
        'cause' as dim_name,
        cause as dim_value,
        'all' as channel,
        'all' as team,
        'all' as topic,
        'all' as priority
    from {{ ref('service_cause_month') }}
),

categories as (
    select
        *,
        'category' as dim_name,
        category as dim_value,
        'all' as channel,
        'all' as team,
        'all' as topic,
        'all' as priority
    from {{ ref('service_review_month') }}
),

final as (
    {{ service_figures('metric_id', 'counts', 'numerator', statistic='statistic') }}
    union all
    {{ service_figures('metric_id', 'ratios', 'numerator', 'denominator', statistic='statistic') }}
    union all
    {{ service_figures(
        'metric_id', 'durations', 'numerator', 'denominator', 'value', 'n', 'statistic'
    ) }}
    union all
    {{ service_figures(
        "'backlog_age_median_days'", 'ages', value='median_age_days', n='backlog_n'
    ) }}
    union all
    {{ service_figures(
        "'frt_s'", 'ages', value='oldest_unanswered_days', n='unanswered_n',
        statistic='oldest_unanswered_days'
    ) }}
    union all
    {{ service_figures("'ticket_backlog'", 'ages', 'age_0_1_n', statistic='age_0_1_n') }}
    union all
    {{ service_figures("'ticket_backlog'", 'ages', 'age_2_7_n', statistic='age_2_7_n') }}
    union all
    {{ service_figures("'ticket_backlog'", 'ages', 'age_8_30_n', statistic='age_8_30_n') }}
    union all
    {{ service_figures("'ticket_backlog'", 'ages', 'age_over_30_n', statistic='age_over_30_n') }}
    union all
    {{ service_figures("'channel_share'", 'shares', 'numerator', 'of_all') }}
    union all
    {{ service_figures(
        "'contact_rate'", 'contact_rates', 'contacts_n', 'customers_n',
        '100 * contacts_n / nullif(customers_n, 0)', 'contacts_n'
    ) }}
    union all
    {{ service_figures("'cost_per_contact_eur'", 'costs', 'cost_eur', 'contacts_n') }}
    union all
    {{ service_figures("'cost_per_resolution_eur'", 'costs', 'cost_eur', 'solved_n') }}
    union all
    {{ service_figures("'blocked_calls'", 'causes', 'blocked_n') }}
    union all
    {{ service_figures("'blockage_rate'", 'causes', 'blocked_n', 'attempted_n') }}
    union all
    {{ service_figures("'iqs'", 'categories', 'score', 'ratings_n') }}
)

select * from final
