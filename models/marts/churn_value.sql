with

losses as (
    select * from {{ ref('fct_customer_loss') }}
),

final as (
    select
        losses.month,
        losses.basis,
        losses.churn_type,
        losses.service,
        losses.segment,
        losses.plan,
        {{ tenure_band('losses.tenure_months') }} as tenure_band,
        count(*) as churned_n,
        cast(sum(losses.churned_mrr_eur) as decimal(18, 6)) as churned_mrr_eur,
        {{ sum_money('losses.churn_value_eur') }} as churn_value_eur,
        cast(sum(losses.churn_value_ltm_eur) as decimal(18, 6)) as churn_value_ltm_eur,
        {{ mart_lineage() }},
    from losses
    group by
        losses.month,
        losses.basis,
        losses.churn_type,
        losses.service,
        losses.segment,
        losses.plan,
        {{ tenure_band('losses.tenure_months') }}
)

select * from final
