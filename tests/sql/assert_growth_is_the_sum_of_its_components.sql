-- Existing, lost, referred and other new customers make up the whole change (METRICS 5.8).
with

growth as (
    select
        metric_value.period_grain,
        metric_value.period_start,
        sum(case when metric_value.dim_name = 'all' then metric_value.value end) as total_eur,
        sum(case when metric_value.dim_name = 'component' then metric_value.value end)
            as components_eur,
        sum(case when metric_value.dim_name = 'segment' then metric_value.value end)
            as segments_eur,
    from {{ ref('metric_value') }} as metric_value
    where metric_value.metric_id = 'growth_decomposition_eur' and metric_value.is_mature
    group by metric_value.period_grain, metric_value.period_start
),

broken as (
    select
        growth.period_grain,
        growth.period_start,
    from growth
    where
        growth.total_eur is distinct from growth.components_eur
        or growth.total_eur is distinct from growth.segments_eur
),

final as (
    select * from broken
    union all
    select
        'no growth to look at' as period_grain,
        null as period_start,
    where not exists (select growth.period_start from growth)
)

select * from final
