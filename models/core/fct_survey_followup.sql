with

-- Only what somebody can be called back about: a terminal's press leads to nobody.
detractors as (
    select * from {{ ref('fct_survey_response') }}
    where
        exclusion_reason is null
        and instrument in ('nps', 'csat')
        and bucket = -1
        and not is_kiosk_press
),

firsts as (
    select
        followups.response_id,
        min(followups.followed_up_at) as followed_up_at,
        min_by(followups.owner, followups.followed_up_at) as owner
    from {{ ref('followups') }} as followups
    inner join detractors on followups.response_id = detractors.response_id
    where
        followups.followed_up_at >= detractors.submitted_at
        and {{ is_past('followups.followed_up_at') }}
    group by followups.response_id
),

final as (
    select
        detractors.response_id,
        detractors.measurement_level,
        detractors.touchpoint,
        detractors.channel,
        detractors.submitted_at,
        detractors.month_no,
        firsts.owner,
        firsts.followed_up_at,
        {{ elapsed_s('detractors.submitted_at', 'firsts.followed_up_at') }} as followup_s,
        {{ add_seconds('detractors.submitted_at', var('closed_loop_hours') ~ ' * 3600') }}
        <= {{ as_of() }} as is_mature,
        coalesce(
            firsts.followed_up_at <= {{ add_seconds(
                'detractors.submitted_at', var('closed_loop_hours') ~ ' * 3600'
            ) }},
            false
        ) as is_in_time
    from detractors
    left join firsts on detractors.response_id = firsts.response_id
)

select * from final
