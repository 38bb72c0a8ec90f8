with

promoters as (
    select
        *,
        {{ add_seconds('submitted_at', var('advocacy_days') ~ ' * 86400') }} as window_ends_at
    from {{ ref('fct_survey_response') }}
    where
        exclusion_reason is null
        and instrument = 'nps'
        and bucket = 1
        and customer_id is not null
),

referrals as (
    select * from {{ ref('fct_referral') }}
),

advocates as (
    select distinct promoters.response_id
    from promoters
    inner join referrals
        on
            promoters.customer_id = referrals.referrer_customer_id
            and (
                (
                    referrals.invited_at > promoters.submitted_at
                    and referrals.invited_at <= promoters.window_ends_at
                )
                or (
                    referrals.converted_at > promoters.submitted_at
                    and referrals.converted_at <= promoters.window_ends_at
                )
            )
),

final as (
    select
        promoters.response_id,
        promoters.measurement_level,
        promoters.customer_id,
        promoters.submitted_at,
        promoters.month_no,
        promoters.window_ends_at <= {{ as_of() }} as is_mature,
        advocates.response_id is not null as is_advocate
    from promoters
    left join advocates on promoters.response_id = advocates.response_id
)

select * from final
