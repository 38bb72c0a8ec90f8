with

bases as (
    select * from {{ ref('customer_base_month') }}
),

lifetimes as (
    select * from {{ ref('lifetime_factor') }}
),

valued as (
    select
        bases.*,
        {{ clv('bases.closing_mrr_eur', 'lifetimes.factor') }} as clv_revenue_eur,
        {{ clv('bases.closing_margin_eur', 'lifetimes.factor') }} as clv_margin_eur,
    from bases
    inner join lifetimes
        on bases.month = lifetimes.month and bases.segment = lifetimes.segment
),

final as (
    select
        valued.month,
        {{ single_cut(customer_dimensions(), 'valued') }},
        cast(sum(valued.closing_n) as bigint) as customers_n,
        cast(sum(valued.closing_margin_n) as bigint) as margin_known_n,
        {{ sum_money('valued.clv_revenue_eur') }} as clv_revenue_eur,
        {{ sum_money('valued.clv_margin_eur') }} as clv_margin_eur,
    from valued
    {{ by_single_cut(['month'], customer_dimensions(), 'valued') }}
)

select * from final
