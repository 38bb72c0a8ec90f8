with

losses as (
    select * from {{ ref('valued_loss') }}
    where basis = 'mrr'
),

months as (
    select distinct customer_dimension_month.month
    from {{ ref('customer_dimension_month') }} as customer_dimension_month
),

cells as (
    select
        losses.month,
        case
            when grouping(losses.segment) = 0 then 'segment'
            when grouping(losses.customer_type) = 0 then 'customer_type'
            when grouping(losses.region) = 0 then 'region'
            when grouping(losses.acquisition_source) = 0 then 'acquisition_source'
            when grouping(losses.service) = 0 then 'service'
            when grouping(losses.plan) = 0 then 'plan'
            when grouping(losses.branch) = 0 then 'branch'
            when grouping(losses.churn_type) = 0 then 'churn_type'
            when grouping(losses.tenure_band) = 0 then 'tenure_band'
            else 'all'
        end as dim_name,
        coalesce(
            losses.segment,
            losses.customer_type,
            losses.region,
            losses.acquisition_source,
            losses.service,
            losses.plan,
            losses.branch,
            losses.churn_type,
            losses.tenure_band,
            'all'
        ) as dim_value,
        count(*) as churned_n,
        sum(losses.churned_mrr_eur) as churned_mrr_eur,
        sum(losses.churn_value_eur) as churn_value_eur,
        sum(losses.churn_value_ltm_eur) as churn_value_ltm_eur,
        sum(losses.churn_value_clv_eur) as churn_value_clv_eur,
        count(losses.churn_value_clv_eur) as churn_value_clv_n,
        sum(losses.is_won_back) as won_back_n,
    from losses
    group by grouping sets (
        (losses.month),
        (losses.month, losses.segment),
        (losses.month, losses.customer_type),
        (losses.month, losses.region),
        (losses.month, losses.acquisition_source),
        (losses.month, losses.service),
        (losses.month, losses.plan),
        (losses.month, losses.branch),
        (losses.month, losses.churn_type),
        (losses.month, losses.tenure_band)
    )
),

dimensions as (
    select
        'all' as dim_name,
        'all' as dim_value,
    union
    select
        cells.dim_name,
        cells.dim_value,
    from cells
),

final as (
    select
        months.month,
        dimensions.dim_name,
        dimensions.dim_value,
        coalesce(cells.churned_n, 0) as churned_n,
        cast(coalesce(cells.churned_mrr_eur, 0) as decimal(18, 6)) as churned_mrr_eur,
        cast(coalesce(cells.churn_value_eur, 0) as decimal(18, 6)) as churn_value_eur,
        cast(coalesce(cells.churn_value_ltm_eur, 0) as decimal(18, 6)) as churn_value_ltm_eur,
        -- Of customers whose service has no margin the lifetime value is not known.
        cast(
            case
                when coalesce(cells.churn_value_clv_n, 0) = coalesce(cells.churned_n, 0)
                    then coalesce(cells.churn_value_clv_eur, 0)
            end as decimal(18, 6)
        ) as churn_value_clv_eur,
        cast(coalesce(cells.won_back_n, 0) as bigint) as won_back_n,
    from months
    cross join dimensions
    left join cells
        on
            months.month = cells.month
            and dimensions.dim_name = cells.dim_name
            and dimensions.dim_value = cells.dim_value
)

select * from final
