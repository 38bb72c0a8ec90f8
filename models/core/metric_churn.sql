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
        ('churn_value_ltm_eur')
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
        end as numerator,
        cast(null as decimal(18, 6)) as denominator,
        months.churned_n as n,
    from months
    cross join metrics
),

final as (
    {{ metric_family('valued') }}
)

select * from final
