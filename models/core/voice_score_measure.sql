with

cells as (
    select
        cells.*,
        weights.identified_n,
        weights.customers_n,
        weights.bucket_sum,
        weights.weighted_sum,
        weights.weight_eur,
        bases.closing_n
    from {{ ref('cx_cell') }} as cells
    left join {{ ref('cx_customer_weight') }} as weights
        on
            cells.month_no = weights.month_no
            and cells.measurement_level = weights.measurement_level
            and cells.instrument = weights.instrument
            and weights.touchpoint = 'all'
            and weights.unit = 'all'
            and weights.market = 'all'
            and weights.segment = 'all'
    left join {{ ref('customer_dimension_month') }} as bases
        on {{ month_start('cells.month_no') }} = bases.month and bases.dim_name = 'all'
    where cells.cut = 'total'
),

metrics as (
    select
        names.metric_id,
        names.instrument
    from (
        values
        ('nps', 'nps'),
        ('nps_account_weighted', 'nps'),
        ('nps_revenue_weighted', 'nps'),
        ('promoter_count', 'nps'),
        ('detractor_count', 'nps'),
        ('promoter_share', 'nps'),
        ('promoter_customers_est', 'nps'),
        ('csat', 'csat'),
        ('dsat', 'csat'),
        ('ces', 'ces'),
        ('ces_easy_share', 'ces'),
        ('expectation_met_rate', 'expectation'),
        ('expectation_exceeded_rate', 'expectation')
    ) as names (metric_id, instrument)
),

measured as (
    select
        metrics.metric_id,
        cells.*,
        case metrics.metric_id
            when 'nps' then 100 * (cells.good_n - cells.bad_n)
            when 'nps_account_weighted' then 100 * cells.bucket_sum
            when 'nps_revenue_weighted' then 100 * cells.weighted_sum
            when 'detractor_count' then cells.bad_n
            when 'promoter_customers_est' then cells.good_n * cells.closing_n
            when 'dsat' then cells.bad_n
            when 'ces' then cells.score_sum
            when 'expectation_exceeded_rate' then cells.exceeded_n
            else cells.good_n
        end as numerator,
        case
            when metrics.metric_id in ('promoter_count', 'detractor_count') then null
            when metrics.metric_id = 'nps_account_weighted' then cells.customers_n
            when metrics.metric_id = 'nps_revenue_weighted' then cells.weight_eur
            else cells.n
        end as denominator,
        case
            when metrics.metric_id in ('nps_account_weighted', 'nps_revenue_weighted')
                then coalesce(cells.identified_n, 0)
            else cells.n
        end as answers_n
    from cells
    inner join metrics on cells.instrument = metrics.instrument
),

intervals as (
    select
        *,
        case
            when metric_id = 'nps' then {{ nps_interval('good_n', 'bad_n', 'n', -1) }}
            when metric_id = 'ces' then {{ mean_interval('score_sum', 'score_squares', 'n', -1) }}
            when metric_id = 'promoter_customers_est'
                then closing_n * {{ wilson('good_n', 'n', -1) }}
            when metric_id not like '%_weighted' and denominator is not null
                then {{ wilson('numerator', 'n', -1) }}
        end as ci_low,
        case
            when metric_id = 'nps' then {{ nps_interval('good_n', 'bad_n', 'n', 1) }}
            when metric_id = 'ces' then {{ mean_interval('score_sum', 'score_squares', 'n', 1) }}
            when metric_id = 'promoter_customers_est'
                then closing_n * {{ wilson('good_n', 'n', 1) }}
            when metric_id not like '%_weighted' and denominator is not null
                then {{ wilson('numerator', 'n', 1) }}
        end as ci_high
    from measured
),

final as (
    select
        metric_id,
        month_no,
        measurement_level,
        cast(numerator as decimal(38, 9)) as numerator,
        cast(denominator as decimal(38, 9)) as denominator,
        answers_n as n,
        cast(ci_low as decimal(38, 9)) as ci_low,
        cast(ci_high as decimal(38, 9)) as ci_high
    from intervals
)

select * from final
