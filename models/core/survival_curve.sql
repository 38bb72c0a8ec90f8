with

counts as (
    select * from {{ ref('survival_count') }}
),

cells as (
    select
        counts.cell,
        counts.segment,
        counts.plan,
        counts.acquisition_source,
        counts.customer_type,
        counts.region,
        counts.service,
        counts.branch,
        sum(counts.customers_n) as n0,
        max(counts.tenure_month) as last_month,
    from counts
    group by
        counts.cell,
        counts.segment,
        counts.plan,
        counts.acquisition_source,
        counts.customer_type,
        counts.region,
        counts.service,
        counts.branch
),

dense as (
    select
        cells.*,
        {{ each_integer('0', 'cells.last_month + 1') }} as tenure_month,
    from cells
),

at_risk as (
    select
        dense.*,
        coalesce(counts.events_n, 0) as events_n,
        sum(coalesce(counts.customers_n, 0)) over (
            partition by dense.cell
            order by dense.tenure_month nulls last
            rows between current row and unbounded following
        ) as at_risk_n,
    from dense
    left join counts on dense.cell = counts.cell and dense.tenure_month = counts.tenure_month
),

-- Who is lost in a month is lost before who is only seen until then (Kaplan and Meier).
final as (
    select
        at_risk.segment,
        at_risk.plan,
        at_risk.acquisition_source,
        at_risk.customer_type,
        at_risk.region,
        at_risk.service,
        at_risk.branch,
        cast(at_risk.tenure_month as integer) as tenure_month,
        cast(at_risk.n0 as bigint) as n0,
        cast(at_risk.at_risk_n as bigint) as at_risk_n,
        cast(at_risk.events_n as bigint) as events_n,
        cast(at_risk.events_n / at_risk.at_risk_n as decimal(18, 12)) as hazard,
        cast(
            {{ product('1.0 - at_risk.events_n / at_risk.at_risk_n') }} over (
                partition by at_risk.cell
                order by at_risk.tenure_month nulls last
                rows between unbounded preceding and current row
            ) as decimal(18, 12)
        ) as survival_rate,
    from at_risk
)

select * from final
