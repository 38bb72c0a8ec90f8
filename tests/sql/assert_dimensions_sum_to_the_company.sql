-- What can be added adds up over every dimension; ratios and service exits are never added.
with

additive as (
    select
        metric_value.metric_id,
        metric_value.period_start,
        metric_value.dim_name,
        sum(metric_value.value) as value,
    from {{ ref('metric_value') }} as metric_value
    inner join {{ ref('metric_catalogue') }} as catalogue on metric_value.metric_id = catalogue.id
    where
        catalogue.additivity in ('sum', 'stock')
        and metric_value.statistic = 'value'
        and metric_value.period_grain = 'month'
        and metric_value.is_mature
        and metric_value.dim_name
        in (
            'all', 'segment', 'customer_type', 'region', 'acquisition_source', 'service', 'plan',
            'churn_type', 'tenure_band', 'sales_channel'
        )
        and catalogue.mart in ('marts.mrr_movement', 'marts.churn_value', 'marts.discount_gap')
    group by metric_value.metric_id, metric_value.period_start, metric_value.dim_name
),

broken as (
    select
        parts.metric_id,
        parts.period_start,
        parts.dim_name,
    from additive as parts
    left join additive as whole
        on
            parts.metric_id = whole.metric_id
            and parts.period_start = whole.period_start
            and whole.dim_name = 'all'
    where
        parts.value is distinct from whole.value
        -- What is not known of all is not the sum of what is known.
        and (whole.metric_id is null or whole.value is not null)
),

final as (
    select * from broken
    union all
    select
        'nothing to add' as metric_id,
        null as period_start,
        null as dim_name,
    where not exists (select additive.metric_id from additive where additive.dim_name = 'segment')
)

select * from final
