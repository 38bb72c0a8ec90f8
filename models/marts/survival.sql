with

estimates as (
    select * from {{ ref('survival_estimate') }}
    where dim_name in ('all', 'segment', 'plan', 'segment_plan')
),

final as (
    select
        estimates.segment,
        estimates.plan,
        estimates.tenure_month,
        estimates.n0,
        estimates.at_risk_n,
        estimates.events_n,
        cast(estimates.survival_rate as decimal(9, 6)) as survival_rate,
        cast(estimates.hazard as decimal(9, 6)) as hazard,
        estimates.status,
        {{ mart_lineage() }},
    from estimates
)

select * from final
