with

services as (
    select * from {{ ref('service_month') }}
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

cells as (
    select
        services.month,
        case when grouping(services.service) = 0 then 'service' else 'plan' end as dim_name,
        coalesce(services.service, services.plan) as dim_value,
        sum(services.opening_mrr_eur) as opening_mrr_eur,
        sum(services.new_eur) as new_eur,
        sum(services.expansion_eur) as expansion_eur,
        sum(services.contraction_eur) as contraction_eur,
        sum(services.churn_eur) as churn_eur,
        sum(services.reactivation_eur) as reactivation_eur,
        sum(services.fx_eur) as fx_eur,
        sum(services.closing_mrr_eur) as closing_mrr_eur,
    from services
    group by grouping sets (
        (services.month, services.service),
        (services.month, services.plan)
    )
),

dimensions as (
    select distinct
        cells.dim_name,
        cells.dim_value,
    from cells
),

final as (
    select
        months.month,
        dimensions.dim_name,
        dimensions.dim_value,
        cast(coalesce(cells.opening_mrr_eur, 0) as decimal(18, 6)) as opening_mrr_eur,
        cast(coalesce(cells.new_eur, 0) as decimal(18, 6)) as new_eur,
        cast(coalesce(cells.expansion_eur, 0) as decimal(18, 6)) as expansion_eur,
        cast(coalesce(cells.contraction_eur, 0) as decimal(18, 6)) as contraction_eur,
        cast(coalesce(cells.churn_eur, 0) as decimal(18, 6)) as churn_eur,
        cast(coalesce(cells.reactivation_eur, 0) as decimal(18, 6)) as reactivation_eur,
        cast(coalesce(cells.fx_eur, 0) as decimal(18, 6)) as fx_eur,
        cast(coalesce(cells.closing_mrr_eur, 0) as decimal(18, 6)) as closing_mrr_eur,
    from months
    cross join dimensions
    left join cells
        on
            months.month = cells.month
            and dimensions.dim_name = cells.dim_name
            and dimensions.dim_value = cells.dim_value
    where months.month >= (select min(cells.month) from cells)
)

select * from final
