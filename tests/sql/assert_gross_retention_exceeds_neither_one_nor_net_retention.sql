-- In every grain and dimension; what was not kept was lost (METRICS 11.5, 4 and 5.4).
with

retention as (
    select
        metric_value.period_grain,
        metric_value.period_start,
        metric_value.dim_name,
        metric_value.dim_value,
        max(case when metric_value.metric_id = 'grr' then metric_value.value end) as grr,
        max(case when metric_value.metric_id = 'nrr' then metric_value.value end) as nrr,
        max(case when metric_value.metric_id = 'gross_mrr_churn_rate' then metric_value.value end)
            as gross_churn,
        max(case when metric_value.metric_id = 'net_mrr_churn_rate' then metric_value.value end)
            as net_churn,
    from {{ ref('metric_value') }} as metric_value
    group by
        metric_value.period_grain,
        metric_value.period_start,
        metric_value.dim_name,
        metric_value.dim_value
),

broken as (
    select
        retention.period_grain,
        retention.period_start,
        retention.dim_name,
        retention.dim_value,
    from retention
    where
        retention.grr > 1
        or retention.grr < 0
        or retention.grr > retention.nrr
        or abs(retention.grr + retention.gross_churn - 1) > 0.00000001
        or abs(retention.nrr + retention.net_churn - 1) > 0.00000001
),

final as (
    select * from broken
    union all
    select
        'no retention of months and quarters to look at' as period_grain,
        null as period_start,
        null as dim_name,
        null as dim_value,
    where
        (
            select count(distinct retention.period_grain) from retention
            where retention.grr is not null
        ) < 2
)

select * from final
