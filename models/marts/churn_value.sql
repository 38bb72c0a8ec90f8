with

losses as (
    select * from {{ ref('valued_loss') }}
),

bases as (
    select * from {{ ref('service_month') }}
),

lost as (
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
    from losses
    group by
        losses.month,
        losses.basis,
        losses.churn_type,
        losses.service,
        losses.segment,
        losses.plan,
        losses.tenure_band
),

-- The base that the row's customers left, beside each of its churn types.
final as (
    select
        lost.*,
        case when lost.basis = 'mrr' then coalesce(bases.opening_n, 0) end as opening_n,
        case
            when lost.basis = 'mrr'
                then coalesce(bases.opening_mrr_eur, cast(0 as decimal(18, 6)))
        end as opening_mrr_eur,
        {{ mart_lineage() }},
    from lost
    left join bases
        on
            lost.month = bases.month
            and lost.service = bases.service
            and lost.segment = bases.segment
            and lost.plan = bases.plan
            and lost.tenure_band = bases.tenure_band
)

select * from final
