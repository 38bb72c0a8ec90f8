with

periods as (
    select * from {{ ref('growth_period') }}
),

company as (
    select
        months.month,
        months.month_index,
        months.is_closed,
    from {{ ref('dim_month') }} as months
    where months.month_index >= (select min(periods.last_index) from periods)
),

firsts as (
    select
        periods.period_grain,
        min(periods.last_index) as last_index,
    from periods
    group by periods.period_grain
),

windows as (
    select
        names.period_grain,
        names.months_n,
    from (values ('month', 1), ('rolling_12m', 12)) as names (period_grain, months_n)
),

cells as (
    select
        periods.*,
        windows.months_n,
        periods.this_year_of_last_years_eur - periods.last_year_of_this_years_eur as existing_eur,
        periods.last_year_of_this_years_eur - periods.last_year_eur as lost_eur,
        periods.referred_eur - periods.referred_of_last_years_eur as referred_new_eur,
        periods.this_year_eur
        - periods.this_year_of_last_years_eur
        - (periods.referred_eur - periods.referred_of_last_years_eur) as other_new_eur,
    from periods
    inner join windows on periods.period_grain = windows.period_grain
),

sources as (
    select names.component
    from (
        values ('existing'), ('lost'), ('referred_new'), ('other_new')
    ) as names (component)
),

-- The change is told as a whole by dimension, and by where it comes from.
united as (
    select
        'growth_decomposition_eur' as metric_id,
        false as is_ratio,
        cells.period_grain,
        cells.months_n,
        cells.last_index,
        cells.dim_name,
        cells.dim_value,
        cells.this_year_eur - cells.last_year_eur as numerator,
        cast(null as decimal(18, 6)) as denominator,
        cells.customers_n as n,
    from cells
    union all
    select
        'growth_decomposition_eur' as metric_id,
        false as is_ratio,
        cells.period_grain,
        cells.months_n,
        cells.last_index,
        'component' as dim_name,
        sources.component as dim_value,
        case sources.component
            when 'existing' then cells.existing_eur
            when 'lost' then cells.lost_eur
            when 'referred_new' then cells.referred_new_eur
            when 'other_new' then cells.other_new_eur
        end as numerator,
        cast(null as decimal(18, 6)) as denominator,
        cells.customers_n as n,
    from cells
    cross join sources
    where cells.dim_name = 'all'
    union all
    select
        'earned_growth_rate' as metric_id,
        true as is_ratio,
        cells.period_grain,
        cells.months_n,
        cells.last_index,
        cells.dim_name,
        cells.dim_value,
        cells.this_year_of_last_years_eur + cells.referred_new_eur - cells.last_year_eur
            as numerator,
        cells.last_year_eur as denominator,
        cells.customers_of_last_year_n as n,
    from cells
    where cells.period_grain = 'rolling_12m'
    -- A month without sales in either year has its row too, and so has the running one.
    union all
    select
        names.metric_id,
        names.metric_id = 'earned_growth_rate' as is_ratio,
        names.period_grain,
        windows.months_n,
        company.month_index as last_index,
        'all' as dim_name,
        'all' as dim_value,
        case when company.is_closed then 0 end as numerator,
        case when company.is_closed then 0 end as denominator,
        case when company.is_closed then 0 end as n,
    from company
    cross join (
        values
        ('growth_decomposition_eur', 'month'),
        ('growth_decomposition_eur', 'rolling_12m'),
        ('earned_growth_rate', 'rolling_12m')
    ) as names (metric_id, period_grain)
    inner join windows on names.period_grain = windows.period_grain
    left join firsts on names.period_grain = firsts.period_grain
    left join cells
        on
            names.period_grain = cells.period_grain
            and company.month_index = cells.last_index
            and cells.dim_name = 'all'
    where
        not company.is_closed
        or (company.month_index > firsts.last_index and cells.last_index is null)
),

valued as (
    select
        united.metric_id,
        'value' as statistic,
        united.period_grain,
        {{ month_start('united.last_index - united.months_n + 1') }} as period_start,
        united.dim_name,
        united.dim_value,
        united.is_ratio,
        united.numerator,
        united.denominator,
        united.n,
        united.last_index < {{ month_index_of(as_of()) }} as is_mature,
    from united
),

final as (
    {{ metric_rows('valued') }}
)

select * from final
