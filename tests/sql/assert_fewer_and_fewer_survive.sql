-- A curve of survival begins with everybody and never rises; who is lost was at risk (METRICS 4.8).
with

curves as (
    select * from {{ ref('survival_curve') }}
),

broken as (
    select
        curves.segment,
        curves.plan,
        curves.tenure_month,
    from curves
    left join curves as previous
        on
            curves.segment = previous.segment
            and curves.plan = previous.plan
            and curves.acquisition_source = previous.acquisition_source
            and curves.customer_type = previous.customer_type
            and curves.region = previous.region
            and curves.service = previous.service
            and curves.branch = previous.branch
            and curves.tenure_month = previous.tenure_month + 1
    where
        curves.survival_rate > coalesce(previous.survival_rate, 1)
        or curves.survival_rate < 0
        or curves.events_n > curves.at_risk_n
        or (curves.tenure_month = 0 and curves.at_risk_n <> curves.n0)
        or curves.at_risk_n > coalesce(previous.at_risk_n - previous.events_n, curves.n0)
),

final as (
    select * from broken
    union all
    select
        'no curve to look at' as segment,
        null as plan,
        null as tenure_month,
    where not exists (select curves.n0 from curves where curves.tenure_month > 0)
)

select * from final
