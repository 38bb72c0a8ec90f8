-- The split by type explains every cent of target minus realised, and nothing else.
with

gaps as (
    select
        discount_gap.month,
        sum(case when discount_gap.discount_type = 'total' then discount_gap.gap_eur else 0 end)
            as gap_eur,
        sum(case when discount_gap.discount_type <> 'total' then discount_gap.gap_eur else 0 end)
            as parts_eur,
        sum(discount_gap.target_eur) - sum(discount_gap.realised_eur) as difference_eur,
        sum(
            case
                when discount_gap.discount_type = 'total'
                    then discount_gap.discount_only_eur - discount_gap.overprice_eur
                else 0
            end
        ) as signed_eur,
    from {{ ref('discount_gap') }} as discount_gap
    group by
        discount_gap.month,
        discount_gap.service,
        discount_gap.plan,
        discount_gap.segment,
        discount_gap.sales_channel
),

broken as (
    select gaps.month
    from gaps
    where
        gaps.gap_eur <> gaps.parts_eur
        or gaps.gap_eur <> gaps.difference_eur
        or gaps.gap_eur <> gaps.signed_eur
),

final as (
    select * from broken
    union all
    select null as month
    where not exists (select gaps.month from gaps)
)

select * from final
