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

last_closed as (
    select max(dim_month.month_index) as month_index
    from {{ ref('dim_month') }} as dim_month
    where dim_month.is_closed
),

-- A closing without a month after it is lost, unless it is the last that is known.
broken as (
    select coalesce(months.month, previous.month) as month
    from months
    full outer join months as previous on months.month_index = previous.month_index + 1
    cross join last_closed
    where
        coalesce(months.opening_mrr_eur, 0)
        <> coalesce(previous.closing_mrr_eur, 0) + coalesce(months.fx_eur, 0)
        and previous.month_index is distinct from last_closed.month_index
),

final as (
    select * from broken
    union all
    select null as month
    where not exists (select months.month from months)
)

select * from final
