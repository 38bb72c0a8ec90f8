with

steps as (
    select * from {{ ref('price_step_month') }}
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

company as (
    select
        steps.month,
        steps.step,
        sum(steps.amount_eur) as amount_eur,
        sum(steps.lines_n) as lines_n,
    from steps
    group by steps.month, steps.step
),

names as (
    select distinct company.step from company
),

-- Steps have no total: list and pocket are prices, what lies between them is their difference.
valued as (
    select
        'price_waterfall' as metric_id,
        false as is_ratio,
        months.month,
        'step' as dim_name,
        names.step as dim_value,
        coalesce(company.amount_eur, 0) as numerator,
        cast(null as decimal(18, 6)) as denominator,
        coalesce(company.lines_n, 0) as n,
    from months
    cross join names
    left join company on months.month = company.month and names.step = company.step
    where months.month >= (select min(company.month) from company)
),

final as (
    {{ metric_family('valued') }}
)

select * from final
