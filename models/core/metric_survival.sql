with

estimates as (
    select
        survival_estimate.*,
        case survival_estimate.dim_name
            when 'segment' then survival_estimate.segment
            when 'plan' then survival_estimate.plan
            when 'acquisition_source' then survival_estimate.acquisition_source
            when 'customer_type' then survival_estimate.customer_type
            when 'region' then survival_estimate.region
            when 'service' then survival_estimate.service
            when 'branch' then survival_estimate.branch
            else 'all'
        end as dim_value,
    from {{ ref('survival_estimate') }} as survival_estimate
    where survival_estimate.dim_name <> 'segment_plan'
),

-- The smallest month by which half are lost; never guessed beyond what was seen.
medians as (
    select
        'median_time_to_churn_months' as metric_id,
        estimates.dim_name,
        estimates.dim_value,
        min(case when estimates.survival_rate <= 0.5 then estimates.tenure_month end) as numerator,
        cast(null as bigint) as denominator,
        min(case when estimates.survival_rate <= 0.5 then estimates.tenure_month end) as value,
        min(estimates.n0) as n,
        min(estimates.status) as status,
    from estimates
    group by estimates.dim_name, estimates.dim_value
),

curve as (
    select * from estimates
    where estimates.dim_name = 'all'
),

-- A curve has a figure for each month of tenure and none for the company as such.
rows_by_month as (
    select
        'survival_rate' as metric_id,
        'tenure_month' as dim_name,
        cast(curve.tenure_month as varchar) as dim_value,
        cast(null as bigint) as numerator,
        cast(null as bigint) as denominator,
        curve.survival_rate as value,
        curve.at_risk_n as n,
        curve.status,
    from curve
    union all
    select
        'churn_hazard' as metric_id,
        'tenure_month' as dim_name,
        cast(curve.tenure_month as varchar) as dim_value,
        curve.events_n as numerator,
        curve.at_risk_n as denominator,
        curve.hazard as value,
        curve.at_risk_n as n,
        curve.status,
    from curve
    union all
    select
        names.metric_id,
        'all' as dim_name,
        'all' as dim_value,
        null as numerator,
        null as denominator,
        null as value,
        null as n,
        'not_applicable' as status,
    from (values ('survival_rate'), ('churn_hazard')) as names (metric_id)
    where exists (select curve.n0 from curve)
),

united as (
    select * from medians
    union all
    select * from rows_by_month
),

final as (
    select
        united.metric_id,
        'value' as statistic,
        'as_of' as period_grain,
        {{ local_date(as_of()) }} as period_start,
        united.dim_name,
        united.dim_value,
        cast(united.numerator as decimal(38, 9)) as numerator,
        cast(united.denominator as decimal(38, 9)) as denominator,
        cast(united.value as decimal(38, 9)) as value,
        cast(united.n as bigint) as n,
        cast(null as decimal(38, 9)) as ci_low,
        cast(null as decimal(38, 9)) as ci_high,
        case
            when united.value is null and united.status in ('ok', 'low_n') then 'no_data'
            else united.status
        end as status,
        true as is_mature,
    from united
)

select * from final
