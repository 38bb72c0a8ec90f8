with

cells as (
    select * from {{ ref('retention_period') }}
),

months as (
    select * from {{ ref('dim_month') }}
),

first_month as (
    select min({{ month_index('months.month') }}) as month_index
    from {{ ref('customer_dimension_month') }} as months
),

running_month as (
    select {{ month_index_of(as_of()) }} as month_index
),

spans as (
    select
        names.period_grain,
        names.span_months,
    from (values ('quarter', 2), ('rolling_12m', 11)) as names (period_grain, span_months)
),

-- Every period since there are customers, up to the one that is still running.
periods as (
    select
        spans.period_grain,
        months.month as period_start,
        months.month_index + spans.span_months < running_month.month_index as is_mature,
    from months
    cross join spans
    cross join first_month
    cross join running_month
    where
        (
            spans.period_grain = 'quarter'
            and months.month_index % 3 = 0
            and months.month_index + 2 >= first_month.month_index
        )
        or (
            spans.period_grain = 'rolling_12m'
            and months.month_index >= first_month.month_index
            and months.month_index + 11 <= running_month.month_index
        )
),

told as (
    select
        periods.period_grain,
        periods.period_start,
        periods.is_mature,
        'all' as dim_name,
        'all' as dim_value,
        coalesce(cells.opening_n, 0) as opening_n,
        coalesce(cells.kept_n, 0) as kept_n,
        coalesce(cells.opening_mrr_eur, 0) as opening_mrr_eur,
        coalesce(cells.closing_mrr_eur, 0) as closing_mrr_eur,
        coalesce(cells.capped_mrr_eur, 0) as capped_mrr_eur,
    from periods
    left join cells
        on
            periods.period_grain = cells.period_grain
            and periods.period_start = cells.period_start
            and cells.dim_name = 'all'
    union all
    select
        cells.period_grain,
        cells.period_start,
        true as is_mature,
        cells.dim_name,
        cells.dim_value,
        cells.opening_n,
        cells.kept_n,
        cells.opening_mrr_eur,
        cells.closing_mrr_eur,
        cells.capped_mrr_eur,
    from cells
    where cells.dim_name <> 'all'
),

metrics as (
    select names.metric_id
    from (
        values
        ('crr'),
        ('churn_rate'),
        ('grr'),
        ('nrr'),
        ('gross_mrr_churn_rate'),
        ('net_mrr_churn_rate')
    ) as names (metric_id)
),

valued as (
    select
        metrics.metric_id,
        'value' as statistic,
        told.period_grain,
        told.period_start,
        told.dim_name,
        told.dim_value,
        told.is_mature,
        true as is_ratio,
        case metrics.metric_id
            when 'crr' then told.kept_n
            when 'churn_rate' then told.opening_n - told.kept_n
            when 'grr' then told.capped_mrr_eur
            when 'nrr' then told.closing_mrr_eur
            when 'gross_mrr_churn_rate' then told.opening_mrr_eur - told.capped_mrr_eur
            when 'net_mrr_churn_rate' then told.opening_mrr_eur - told.closing_mrr_eur
        end as numerator,
        case
            when metrics.metric_id in ('crr', 'churn_rate') then told.opening_n
            else told.opening_mrr_eur
        end as denominator,
        told.opening_n as n,
    from told
    cross join metrics
),

final as (
    {{ metric_rows('valued') }}
)

select * from final
