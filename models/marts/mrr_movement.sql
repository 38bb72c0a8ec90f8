with

months as (
    select
        service_month.month,
        service_month.service,
        service_month.segment,
        service_month.plan,
        {{ sum_money('service_month.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('service_month.new_eur') }} as new_eur,
        {{ sum_money('service_month.expansion_eur') }} as expansion_eur,
        {{ sum_money('service_month.contraction_eur') }} as contraction_eur,
        {{ sum_money('service_month.churn_eur') }} as churn_eur,
        {{ sum_money('service_month.reactivation_eur') }} as reactivation_eur,
        {{ sum_money('service_month.fx_eur') }} as fx_eur,
        {{ sum_money('service_month.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('service_month.retained_mrr_eur') }} as retained_mrr_eur,
        {{ sum_money('service_month.kept_mrr_eur') }} as kept_mrr_eur,
        cast(sum(service_month.opening_n) as bigint) as opening_n,
        cast(sum(service_month.new_n) as bigint) as new_n,
        cast(sum(service_month.expanded_n) as bigint) as expanded_n,
        cast(sum(service_month.contracted_n) as bigint) as contracted_n,
        cast(sum(service_month.churned_n) as bigint) as churned_n,
        cast(sum(service_month.reactivated_n) as bigint) as reactivated_n,
        cast(sum(service_month.closing_n) as bigint) as closing_n,
    from {{ ref('service_month') }} as service_month
    group by
        service_month.month, service_month.service, service_month.segment, service_month.plan
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
        cast(months.retained_mrr_eur / nullif(months.opening_mrr_eur, 0) as decimal(18, 6)) as grr,
        cast(months.kept_mrr_eur / nullif(months.opening_mrr_eur, 0) as decimal(18, 6)) as nrr,
        -- What is not retained was lost, and what was not there before was won.
        cast(
            (months.closing_mrr_eur - months.retained_mrr_eur)
            / nullif(months.opening_mrr_eur - months.retained_mrr_eur, 0)
            as decimal(18, 6)
        ) as quick_ratio,
        cast(months.closing_mrr_eur / nullif(months.closing_n, 0) as decimal(18, 6))
            as arpa_eur,
        -- The loss of a day that makes the month's, for months of unlike length (METRICS 4.3).
        1 - power(
            1 - months.churned_n / nullif(cast(months.opening_n as double), 0),
            1 / cast({{ days_between('months.month', add_months('months.month', 1)) }} as double)
        ) as churn_rate_daily,
        {{ mart_lineage() }},
    from months
)

select * from final
