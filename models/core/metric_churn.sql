with

months as (
    select * from {{ ref('loss_dimension_month') }}
),

metrics as (
    select names.metric_id
    from (
        values
        ('churned_customers'),
        ('churned_mrr_eur'),
        ('churn_value_eur'),
        ('churn_value_ltm_eur'),
        ('churn_value_clv_eur')
    ) as names (metric_id)
),

valued as (
    select
        metrics.metric_id,
        false as is_ratio,
        months.month,
        months.dim_name,
        months.dim_value,
        case metrics.metric_id
            when 'churned_customers' then months.churned_n
            when 'churned_mrr_eur' then months.churned_mrr_eur
            when 'churn_value_eur' then months.churn_value_eur
            when 'churn_value_ltm_eur' then months.churn_value_ltm_eur
            when 'churn_value_clv_eur' then months.churn_value_clv_eur
        end as numerator,
        cast(null as decimal(18, 6)) as denominator,
        months.churned_n as n,
    from months
    cross join metrics
),

-- Who left may still come back in time until the last day of the month's window (4.9, R9).
win_backs as (
    select
        'winback_rate' as metric_id,
        'value' as statistic,
        'month' as period_grain,
        months.month as period_start,
        months.dim_name,
        months.dim_value,
        {{ local_midnight(
            add_days(month_start(month_index('months.month') ~ ' + 1'), var('winback_days'))
        ) }} <= {{ as_of() }} as is_mature,
        true as is_ratio,
        months.won_back_n as numerator,
        months.churned_n as denominator,
        months.churned_n as n,
    from months
    union all
    select
        'winback_rate' as metric_id,
        'value' as statistic,
        'month' as period_grain,
        {{ month_start(month_index_of(as_of())) }} as period_start,
        'all' as dim_name,
        'all' as dim_value,
        false as is_mature,
        true as is_ratio,
        null as numerator,
        null as denominator,
        null as n,
    where exists (select months.month from months)
),

final as (
    {{ metric_family('valued') }}
    union all
    {{ metric_rows('win_backs') }}
)

select * from final
