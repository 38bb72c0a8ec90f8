with

cells as (
    select * from {{ ref('standing_dimension') }}
    union all
    -- A company without customers has nothing at stake; one that never had any has no figure.
    select
        'all' as dim_name,
        'all' as dim_value,
        0 as customers_n,
        0 as scheduled_n,
        0 as past_due_mrr_eur,
        0 as scheduled_mrr_eur,
        null as mean_days,
        null as median_days,
        null as p90_days,
    where
        not exists (select standing.customer_id from {{ ref('standing_customer') }} as standing)
        and exists (
            select starts.customer_id from {{ ref('fct_customer_start') }} as starts
            where {{ is_past('starts.paying_from') }}
        )
),

metrics as (
    select
        names.metric_id,
        names.statistic,
    from (
        values
        ('scheduled_churn_mrr_eur', 'value'),
        ('scheduled_churn_customers', 'value'),
        ('mrr_past_due_eur', 'value'),
        ('customer_tenure_months', 'mean'),
        ('customer_tenure_months', 'median'),
        ('customer_tenure_months', 'p90')
    ) as names (metric_id, statistic)
),

valued as (
    select
        metrics.metric_id,
        metrics.statistic,
        'as_of' as period_grain,
        {{ local_date(as_of()) }} as period_start,
        cells.dim_name,
        cells.dim_value,
        true as is_mature,
        false as is_ratio,
        case
            when metrics.metric_id = 'scheduled_churn_mrr_eur' then cells.scheduled_mrr_eur
            when metrics.metric_id = 'scheduled_churn_customers' then cells.scheduled_n
            when metrics.metric_id = 'mrr_past_due_eur' then cells.past_due_mrr_eur
            when metrics.statistic = 'mean'
                then cast(cells.mean_days / 30.4375 as decimal(18, 9))
            when metrics.statistic = 'median'
                then cast(cells.median_days / 30.4375 as decimal(18, 9))
            when metrics.statistic = 'p90'
                then cast(cells.p90_days / 30.4375 as decimal(18, 9))
        end as numerator,
        cast(null as bigint) as denominator,
        cells.customers_n as n,
    from cells
    cross join metrics
),

final as (
    {{ metric_rows('valued') }}
)

select * from final
