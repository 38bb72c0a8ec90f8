with

figures as (
    select
        metric_id,
        'value' as statistic,
        month_no,
        dim_name,
        dim_value,
        numerator,
        denominator,
        case
            when metric_id in ('referred_customers', 'referrals_sent') then numerator
            else numerator / nullif(denominator, 0)
        end as value,
        n
    from {{ ref('referral_month') }}
),

-- Whoever was told on the month's last day has as long to decide as the others.
final as (
    {{ monthly_figures(
        'figures',
        zero_if_silent=['referred_customers', 'referrals_sent'],
        matures_at=add_seconds(
            local_midnight(month_start('months.month_no + 1')),
            "case when months.metric_id = 'referral_conversion_rate' then "
            ~ var('referral_window_days') ~ " * 86400 else 0 end"
        ),
    ) }}
)

select * from final
