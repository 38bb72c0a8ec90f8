-- What is lost in a month was there when it opened.
with

lost as (
    select
        churn_value.month,
        sum(churn_value.churned_mrr_eur) as churned_mrr_eur,
    from {{ ref('churn_value') }} as churn_value
    where churn_value.basis = 'mrr'
    group by churn_value.month
),

opened as (
    select
        mrr_movement.month,
        sum(mrr_movement.opening_mrr_eur) as opening_mrr_eur,
        sum(mrr_movement.churn_eur) as churn_eur,
    from {{ ref('mrr_movement') }} as mrr_movement
    group by mrr_movement.month
),

broken as (
    select opened.month
    from opened
    left join lost on opened.month = lost.month
    where
        coalesce(lost.churned_mrr_eur, 0) > opened.opening_mrr_eur
        or coalesce(lost.churned_mrr_eur, 0) <> opened.churn_eur
),

final as (
    select * from broken
    union all
    select null as month
    where not exists (select lost.month from lost)
)

select * from final
