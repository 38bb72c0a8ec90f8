with

cells as (
    select
        *,
        {{ local_midnight(month_start('month_no + 1')) }} as ends_at
    from {{ ref('survey_quality_shown') }}
),

keys as (
    select distinct
        month_no,
        measurement_level,
        touchpoint,
        channel,
        ends_at
    from cells
),

joined as (
    select
        keys.*,
        invitations.n as delivered_n,
        invitations.met_n as answered_n,
        invitations.place_share,
        invitations.top_share,
        not coalesce(invitations.is_hidden, true) as is_asked_shown,
        {{ add_seconds('keys.ends_at', var('response_maturity_days') ~ ' * 86400') }}
        <= {{ as_of() }} as is_mature,
        encounters.n as encounters_n,
        encounters.met_n as covered_n,
        not coalesce(encounters.is_hidden, true) as is_met_shown,
        detractors.n as detractors_n,
        detractors.met_n as closed_n,
        detractors.followed_up_n,
        detractors.followup_hours_mean,
        detractors.followup_hours_median,
        detractors.followup_hours_p90,
        not coalesce(detractors.is_hidden, true)
        and {{ add_seconds('keys.ends_at', var('closed_loop_hours') ~ ' * 3600') }}
        <= {{ as_of() }} as is_loop_shown
    from keys
    left join cells as invitations
        on {{ same_survey_cell('keys', 'invitations', 'invitation') }}
    left join cells as encounters
        on {{ same_survey_cell('keys', 'encounters', 'encounter') }}
    left join cells as detractors
        on {{ same_survey_cell('keys', 'detractors', 'detractor') }}
),

final as (
    select
        {{ month_start('joined.month_no') }} as month,
        joined.measurement_level,
        joined.touchpoint,
        joined.channel,
        joined.delivered_n,
        case when joined.is_asked_shown and joined.is_mature then joined.answered_n end
            as answered_n,
        cast(
            case
                when joined.is_asked_shown and joined.is_mature
                    then joined.answered_n / joined.delivered_n
            end as decimal(9, 6)
        ) as response_rate,
        cast(
            case when joined.is_asked_shown and joined.channel <> 'all' then joined.place_share end
            as decimal(9, 6)
        ) as channel_share,
        cast(
            case when joined.is_asked_shown and joined.channel = 'all' then joined.top_share end
            as decimal(9, 6)
        ) as channel_dependency,
        joined.encounters_n,
        case when joined.is_met_shown then joined.covered_n end as covered_n,
        cast(
            case when joined.is_met_shown then joined.covered_n / joined.encounters_n end
            as decimal(9, 6)
        ) as coverage,
        joined.detractors_n,
        case when joined.is_loop_shown then joined.closed_n end as closed_n,
        cast(
            case when joined.is_loop_shown then joined.closed_n / joined.detractors_n end
            as decimal(9, 6)
        ) as closed_loop_rate,
        cast(
            case when joined.is_loop_shown then joined.followup_hours_mean end as decimal(18, 6)
        ) as followup_hours_mean,
        cast(
            case when joined.is_loop_shown then joined.followup_hours_median end as decimal(18, 6)
        ) as followup_hours_median,
        cast(
            case when joined.is_loop_shown then joined.followup_hours_p90 end as decimal(18, 6)
        ) as followup_hours_p90,
        cast(case when joined.channel = 'all' then freshness.value end as integer)
            as freshness_days,
        cast(
            case
                when joined.touchpoint = 'all' and joined.channel = 'all'
                    then reach.unreachable_n / nullif(reach.customers_n, 0)
            end as decimal(9, 6)
        ) as unreachable_share,
        joined.is_mature,
        case
            when joined.delivered_n is null then 'no_data'
            when not joined.is_mature then 'immature'
            when not joined.is_asked_shown then 'suppressed'
            else {{ small_sample_status('joined.delivered_n', 1) }}
        end as status,
        {{ mart_lineage() }}
    from joined
    cross join {{ ref('survey_reach') }} as reach
    left join {{ ref('voice_as_of') }} as freshness on joined.touchpoint = freshness.dim_value
)

select * from final
