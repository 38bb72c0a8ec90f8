with

bases as (
    select * from {{ ref('service_base_month') }}
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

dimensions as (
    select
        bases.dim_name,
        bases.dim_value,
    from bases
    group by bases.dim_name, bases.dim_value
),

-- Every closed month from the first with data, for each value seen.
final as (
    select
        months.month,
        dimensions.dim_name,
        dimensions.dim_value,
        coalesce(bases.opening_n, 0) as opening_n,
        coalesce(bases.new_n, 0) as new_n,
        coalesce(bases.reactivated_n, 0) as reactivated_n,
        coalesce(bases.expanded_n, 0) as expanded_n,
        coalesce(bases.contracted_n, 0) as contracted_n,
        coalesce(bases.churned_n, 0) as churned_n,
        coalesce(bases.closing_n, 0) as closing_n,
        coalesce(bases.opening_mrr_eur, 0) as opening_mrr_eur,
        coalesce(bases.closing_mrr_eur, 0) as closing_mrr_eur,
        coalesce(bases.new_eur, 0) as new_eur,
        coalesce(bases.expansion_eur, 0) as expansion_eur,
        coalesce(bases.contraction_eur, 0) as contraction_eur,
        coalesce(bases.churn_eur, 0) as churn_eur,
        coalesce(bases.reactivation_eur, 0) as reactivation_eur,
    from months
    cross join dimensions
    left join bases
        on
            months.month = bases.month
            and dimensions.dim_name = bases.dim_name
            and dimensions.dim_value = bases.dim_value
    where months.month >= (select min(bases.month) from bases)
)

select * from final
