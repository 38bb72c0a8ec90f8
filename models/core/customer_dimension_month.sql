with

bases as (
    select * from {{ ref('customer_base_month') }}
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

cells as (
    select
        bases.month,
        {{ single_cut(customer_dimensions(), 'bases') }},
        sum(bases.opening_n) as opening_n,
        sum(bases.new_n) as new_n,
        sum(bases.reactivated_n) as reactivated_n,
        sum(bases.expanded_n) as expanded_n,
        sum(bases.contracted_n) as contracted_n,
        sum(bases.churned_n) as churned_n,
        sum(bases.intramonth_churned_n) as intramonth_churned_n,
        sum(bases.closing_n) as closing_n,
        sum(bases.opening_mrr_eur) as opening_mrr_eur,
        sum(bases.closing_mrr_eur) as closing_mrr_eur,
        sum(bases.fx_eur) as fx_eur,
        sum(bases.new_eur) as new_eur,
        sum(bases.expansion_eur) as expansion_eur,
        sum(bases.contraction_eur) as contraction_eur,
        sum(bases.churn_eur) as churn_eur,
        sum(bases.reactivation_eur) as reactivation_eur,
        sum(bases.new_margin_eur) as new_margin_eur,
        sum(bases.new_margin_n) as new_margin_n,
    from bases
    {{ by_single_cut(['month'], customer_dimensions(), 'bases') }}
),

-- Every closed month from the first with data, for the company and for each value seen.
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
        cast(coalesce(cells.opening_n, 0) as bigint) as opening_n,
        cast(coalesce(cells.new_n, 0) as bigint) as new_n,
        cast(coalesce(cells.reactivated_n, 0) as bigint) as reactivated_n,
        cast(coalesce(cells.expanded_n, 0) as bigint) as expanded_n,
        cast(coalesce(cells.contracted_n, 0) as bigint) as contracted_n,
        cast(coalesce(cells.churned_n, 0) as bigint) as churned_n,
        cast(coalesce(cells.intramonth_churned_n, 0) as bigint) as intramonth_churned_n,
        cast(coalesce(cells.closing_n, 0) as bigint) as closing_n,
        cast(coalesce(cells.opening_mrr_eur, 0) as decimal(18, 6)) as opening_mrr_eur,
        cast(coalesce(cells.closing_mrr_eur, 0) as decimal(18, 6)) as closing_mrr_eur,
        cast(coalesce(cells.fx_eur, 0) as decimal(18, 6)) as fx_eur,
        cast(coalesce(cells.new_eur, 0) as decimal(18, 6)) as new_eur,
        cast(coalesce(cells.expansion_eur, 0) as decimal(18, 6)) as expansion_eur,
        cast(coalesce(cells.contraction_eur, 0) as decimal(18, 6)) as contraction_eur,
        cast(coalesce(cells.churn_eur, 0) as decimal(18, 6)) as churn_eur,
        cast(coalesce(cells.reactivation_eur, 0) as decimal(18, 6)) as reactivation_eur,
        cast(coalesce(cells.new_margin_eur, 0) as decimal(18, 6)) as new_margin_eur,
        cast(coalesce(cells.new_margin_n, 0) as bigint) as new_margin_n,
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
