with

months as (
    select * from {{ ref('price_type_month') }}
),

final as (
    select
        months.month,
        months.service,
        months.plan,
        months.segment,
        months.sales_channel,
        months.discount_type,
        months.target_eur,
        months.realised_eur,
        months.gap_eur,
        months.discount_only_eur,
        months.overprice_eur,
        months.lines_n,
        months.lines_without_target_n,
        {{ mart_lineage() }},
    from months
    -- What was settled early or late in a month without sales is a step of the waterfall alone.
    where months.discount_type <> 'total' or months.gap_entries_n > 0
)

select * from final
