with

losses as (
    select * from {{ ref('valued_loss') }}
),

final as (
    select
        losses.month,
        losses.basis,
        losses.churn_type,
        losses.service,
        losses.segment,
        losses.plan,
        losses.tenure_band,
        count(*) as churned_n,
        cast(sum(losses.churned_mrr_eur) as decimal(18, 6)) as churned_mrr_eur,
        {{ sum_money('losses.churn_value_eur') }} as churn_value_eur,
        cast(sum(losses.churn_value_ltm_eur) as decimal(18, 6)) as churn_value_ltm_eur,
        case
            when count(losses.churn_value_clv_eur) = count(*)
                then cast(sum(losses.churn_value_clv_eur) as decimal(18, 6))
        end as churn_value_clv_eur,
        {{ mart_lineage() }},
    from losses
    group by
        losses.month,
        losses.basis,
        losses.churn_type,
        losses.service,
        losses.segment,
        losses.plan,
        losses.tenure_band
)

select * from final
