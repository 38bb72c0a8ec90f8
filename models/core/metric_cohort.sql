with

rates as (
    select * from {{ ref('cohort_rate') }}
    where basis = 'mrr' and dim_name = 'all'
),

cells as (
    select * from {{ ref('cohort_cell') }}
    where basis = 'mrr' and dim_name = 'all' and is_mature
),

metrics as (
    select names.metric_id
    from (
        values
        ('cohort_retention_logo'),
        ('cohort_nrr'),
        ('cohort_grr')
    ) as names (metric_id)
),

-- One cohort, index by index.
single as (
    select
        'month' as period_grain,
        rates.cohort_month as period_start,
        cast(rates.month_index as varchar) as dim_value,
        rates.n0,
        rates.n_i,
        rates.base_eur,
        rates.eur_i,
        rates.capped_eur_i,
        rates.status,
        rates.is_mature,
    from rates
),

-- All cohorts that are old enough for the index: sums of numerators over sums of denominators.
pooled as (
    select
        'as_of' as period_grain,
        {{ month_start(month_index_of(as_of()) ~ ' - 1') }} as period_start,
        cast(cells.month_index as varchar) as dim_value,
        sum(cells.n0) as n0,
        sum(cells.n_i) as n_i,
        sum(cells.base_eur) as base_eur,
        sum(cells.eur_i) as eur_i,
        sum(cells.capped_eur_i) as capped_eur_i,
        case
            when sum(cells.n0) < {{ var('min_cell_n') }} then 'suppressed'
            when sum(cells.n0) < {{ var('low_n') }} then 'low_n'
            else 'ok'
        end as status,
        true as is_mature,
    from cells
    group by cells.month_index
),

united as (
    select * from single
    union all
    select * from pooled
),

valued as (
    select
        metrics.metric_id,
        united.*,
        case metrics.metric_id
            when 'cohort_retention_logo' then united.n_i
            when 'cohort_nrr' then united.eur_i
            when 'cohort_grr' then united.capped_eur_i
        end as numerator,
        case
            when metrics.metric_id = 'cohort_retention_logo' then united.n0
            else united.base_eur
        end as denominator,
        united.status in ('ok', 'low_n') as is_shown,
    from united
    cross join metrics
),

-- Cohorts of different age have no common figure, so the company's row says that it does not apply.
company as (
    select
        metrics.metric_id,
        months.month,
        months.is_closed,
    from {{ ref('dim_month') }} as months
    cross join metrics
    where months.month >= (select min(rates.cohort_month) from rates)
),

final as (
    select
        valued.metric_id,
        'value' as statistic,
        valued.period_grain,
        valued.period_start,
        'month_index' as dim_name,
        valued.dim_value,
        cast(case when valued.is_shown then valued.numerator end as decimal(38, 9)) as numerator,
        cast(case when valued.is_shown then valued.denominator end as decimal(38, 9))
            as denominator,
        cast(
            case when valued.is_shown then valued.numerator / nullif(valued.denominator, 0) end
            as decimal(38, 9)
        ) as value,
        cast(valued.n0 as bigint) as n,
        cast(null as decimal(38, 9)) as ci_low,
        cast(null as decimal(38, 9)) as ci_high,
        valued.status,
        valued.is_mature,
    from valued
    union all
    select
        company.metric_id,
        'value' as statistic,
        'month' as period_grain,
        company.month as period_start,
        'all' as dim_name,
        'all' as dim_value,
        null as numerator,
        null as denominator,
        null as value,
        null as n,
        null as ci_low,
        null as ci_high,
        case when company.is_closed then 'not_applicable' else 'immature' end as status,
        company.is_closed as is_mature,
    from company
)

select * from final
