-- Σ over the values of a dimension = the company, for what is additive (METRICS 11.5, 3).
with

counts as (
    select
        metric_id,
        period_start,
        dim_name,
        value
    from {{ ref('metric_service') }}
    where
        metric_id in (
            'request_volume', 'contact_volume_by_channel', 'ticket_backlog', 'blocked_calls'
        )
        and statistic = 'value'
        and period_grain = 'month'
        and is_mature
),

company as (
    select * from counts where dim_name = 'all'
),

by_dimension as (
    select
        metric_id,
        period_start,
        dim_name,
        sum(value) as total
    from counts
    where dim_name <> 'all'
    group by metric_id, period_start, dim_name
),

final as (
    select
        company.metric_id,
        company.period_start
    from company
    inner join by_dimension
        on
            company.metric_id = by_dimension.metric_id
            and company.period_start = by_dimension.period_start
    where company.value <> by_dimension.total
    union all
    select
        'nothing to add up' as metric_id,
        cast(null as date) as period_start
    where not exists (select 1 from by_dimension where total > 0)
)

select
    metric_id,
    period_start
from final
