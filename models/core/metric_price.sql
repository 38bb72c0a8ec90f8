with

price_months as (
    select * from {{ ref('price_dimension_month') }}
),

metrics as (
    select
        names.metric_id,
        names.is_ratio,
    from (
        values
        ('discount_gap_eur', false),
        ('discount_gap_rate', true),
        ('price_realisation_rate', true),
        ('discount_only_eur', false),
        ('overprice_eur', false),
        ('pocket_gap_eur', false),
        ('discounted_line_share', true)
    ) as names (metric_id, is_ratio)
),

valued as (
    select
        metrics.metric_id,
        metrics.is_ratio,
        price_months.month,
        price_months.dim_name,
        price_months.dim_value,
        case metrics.metric_id
            when 'discount_gap_eur' then price_months.gap_eur
            when 'discount_gap_rate' then price_months.gap_eur
            when 'price_realisation_rate' then price_months.realised_eur
            when 'discount_only_eur' then price_months.discount_only_eur
            when 'overprice_eur' then price_months.overprice_eur
            when 'pocket_gap_eur' then price_months.gap_eur + price_months.payment_terms_eur
            when 'discounted_line_share' then price_months.discounted_lines_n
        end as numerator,
        case
            when metrics.metric_id = 'discounted_line_share' then price_months.lines_n
            else price_months.target_eur
        end as denominator,
        price_months.lines_n as n,
    from price_months
    cross join metrics
    -- A type of discount has a part of the gap and no target of its own.
    where
        price_months.has_target
        or not (metrics.is_ratio or metrics.metric_id = 'pocket_gap_eur')
),

final as (
    {{ metric_family('valued') }}
)

select * from final
