with

months as (
    select * from {{ ref('service_month') }}
),

final as (
    select
        months.month,
        months.service,
        months.segment,
        months.plan,
        months.opening_mrr_eur,
        months.new_eur,
        months.expansion_eur,
        months.contraction_eur,
        months.churn_eur,
        months.reactivation_eur,
        months.fx_eur,
        months.closing_mrr_eur,
        months.opening_n,
        months.new_n,
        months.expanded_n,
        months.contracted_n,
        months.churned_n,
        months.reactivated_n,
        months.closing_n,
        {{ mart_lineage() }},
    from months
)

select * from final
