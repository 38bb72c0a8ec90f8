with

types as (
    select * from {{ ref('price_type_month') }}
),

months as (
    select * from {{ ref('dim_month') }}
    where is_closed
),

cells as (
    select
        types.month,
        case
            when grouping(types.service) = 0 then 'service'
            when grouping(types.plan) = 0 then 'plan'
            when grouping(types.segment) = 0 then 'segment'
            when grouping(types.sales_channel) = 0 then 'sales_channel'
            else 'all'
        end as dim_name,
        coalesce(types.service, types.plan, types.segment, types.sales_channel, 'all')
            as dim_value,
        true as has_target,
        sum(types.target_eur) as target_eur,
        sum(types.realised_eur) as realised_eur,
        sum(types.gap_eur) as gap_eur,
        sum(types.discount_only_eur) as discount_only_eur,
        sum(types.overprice_eur) as overprice_eur,
        sum(types.payment_terms_eur) as payment_terms_eur,
        sum(types.lines_n) as lines_n,
        sum(types.discounted_lines_n) as discounted_lines_n,
    from types
    where types.discount_type = 'total'
    group by
        grouping sets (
            (types.month),
            (types.month, types.service),
            (types.month, types.plan),
            (types.month, types.segment),
            (types.month, types.sales_channel)
        )
    union all
    select
        types.month,
        'discount_type' as dim_name,
        types.discount_type as dim_value,
        false as has_target,
        null as target_eur,
        null as realised_eur,
        sum(types.gap_eur) as gap_eur,
        sum(types.discount_only_eur) as discount_only_eur,
        sum(types.overprice_eur) as overprice_eur,
        null as payment_terms_eur,
        sum(types.lines_n) as lines_n,
        null as discounted_lines_n,
    from types
    where types.discount_type <> 'total'
    group by types.month, types.discount_type
),

dimensions as (
    select distinct
        cells.dim_name,
        cells.dim_value,
        cells.has_target,
    from cells
),

final as (
    select
        months.month,
        dimensions.dim_name,
        dimensions.dim_value,
        dimensions.has_target,
        cast(coalesce(cells.target_eur, 0) as decimal(18, 6)) as target_eur,
        cast(coalesce(cells.realised_eur, 0) as decimal(18, 6)) as realised_eur,
        cast(coalesce(cells.gap_eur, 0) as decimal(18, 6)) as gap_eur,
        cast(coalesce(cells.discount_only_eur, 0) as decimal(18, 6)) as discount_only_eur,
        cast(coalesce(cells.overprice_eur, 0) as decimal(18, 6)) as overprice_eur,
        cast(coalesce(cells.payment_terms_eur, 0) as decimal(18, 6)) as payment_terms_eur,
        cast(coalesce(cells.lines_n, 0) as bigint) as lines_n,
        cast(coalesce(cells.discounted_lines_n, 0) as bigint) as discounted_lines_n,
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
