-- Between two months only the exchange rate may change what customers are worth.
with

months as (
    select
        mrr_movement.month,
        {{ month_index('mrr_movement.month') }} as month_index,
        sum(mrr_movement.opening_mrr_eur) as opening_mrr_eur,
        sum(mrr_movement.closing_mrr_eur) as closing_mrr_eur,
        sum(mrr_movement.fx_eur) as fx_eur,
    from {{ ref('mrr_movement') }} as mrr_movement
    group by mrr_movement.month
),

broken as (
    select months.month
    from months
    left join months as previous on months.month_index = previous.month_index + 1
    where months.opening_mrr_eur <> coalesce(previous.closing_mrr_eur, 0) + months.fx_eur
),

final as (
    select * from broken
    union all
    select null as month
    where not exists (select months.month from months)
)

select * from final
