with

agents as (
    select
        *,
        -- A cell needs 20 tickets or contacts, whichever its channel has, and a team of 5 (10.7).
        greatest(solved_n, contacts_n) >= {{ var('agent_min_tickets') }}
        and team_agents_n >= {{ var('agent_min_team') }} as is_large_enough,
        {{ local_midnight(month_start('month_no + 1')) }} as month_ends_at,
        {{ as_of() }} as watermark_at
    from {{ ref('agent_month') }}
),

judged as (
    select
        *,
        case
            when month_ends_at > watermark_at then 'immature'
            when not is_large_enough then 'suppressed'
            when greatest(solved_n, contacts_n) < {{ var('low_n') }} then 'low_n'
            else 'ok'
        end as status,
        {{ add_seconds('month_ends_at', var('fcr_window_days') ~ ' * 86400') }} <= watermark_at
            as is_fcr_mature,
        {{ add_seconds('month_ends_at', var('reopen_window_days') ~ ' * 86400') }} <= watermark_at
            as is_reopen_mature
    from agents
),

-- Rows stay with their size; what they measure goes.
shown as (
    select
        *,
        status in ('ok', 'low_n') as is_shown
    from judged
),

final as (
    select
        {{ month_start('month_no') }} as month,
        {{ keyed_hash('agent_id') }} as agent_key,
        team,
        channel,
        contacts_n,
        case when is_shown then answered_n end as answered_n,
        case when is_shown then resolved_n end as resolved_n,
        solved_n,
        cast(case when is_shown then asa_s end as decimal(18, 6)) as asa_s,
        cast(case when is_shown then aht_s end as decimal(18, 6)) as aht_s,
        cast(case when is_shown then frt_median_s end as decimal(18, 6)) as frt_median_s,
        cast(case when is_shown then frt_mean_s end as decimal(18, 6)) as frt_mean_s,
        cast(case when is_shown then art_median_s end as decimal(18, 6)) as art_median_s,
        cast(case when is_shown then art_mean_s end as decimal(18, 6)) as art_mean_s,
        cast(case when is_shown and is_fcr_mature then fcr_rate end as decimal(9, 6)) as fcr_rate,
        cast(
            case when is_shown and is_reopen_mature then reopen_rate end as decimal(9, 6)
        ) as reopen_rate,
        cast(case when is_shown then one_touch_rate end as decimal(9, 6)) as one_touch_rate,
        cast(
            case when is_shown and csat_n >= {{ var('min_cell_n') }} then csat end as decimal(9, 6)
        ) as csat,
        case when is_shown then csat_n end as csat_n,
        cast(
            case when is_shown and csat_n >= {{ var('min_cell_n') }} then csat_mean_score end
            as decimal(18, 6)
        ) as csat_mean_score,
        cast(case when is_shown then iqs end as decimal(9, 6)) as iqs,
        case when is_shown then iqs_n end as iqs_n,
        status,
        status = 'suppressed' as suppressed,
        cast(
            case when is_shown then first_resolution_median_s end as decimal(18, 6)
        ) as first_resolution_median_s,
        cast(
            case when is_shown then first_resolution_mean_s end as decimal(18, 6)
        ) as first_resolution_mean_s,
        cast(
            case when is_shown then frt_median_s_calendar end as decimal(18, 6)
        ) as frt_median_s_calendar,
        cast(
            case when is_shown then frt_mean_s_calendar end as decimal(18, 6)
        ) as frt_mean_s_calendar,
        cast(
            case when is_shown then first_resolution_median_s_calendar end as decimal(18, 6)
        ) as first_resolution_median_s_calendar,
        cast(
            case when is_shown then first_resolution_mean_s_calendar end as decimal(18, 6)
        ) as first_resolution_mean_s_calendar,
        cast(
            case when is_shown then art_median_s_calendar end as decimal(18, 6)
        ) as art_median_s_calendar,
        cast(
            case when is_shown then art_mean_s_calendar end as decimal(18, 6)
        ) as art_mean_s_calendar,
        {{ mart_lineage() }}
    from shown
)

select * from final
