with

cells as (
    select * from {{ ref('cohort_cell') }}
),

sized as (
    select
        cells.*,
        cells.n0 < {{ var('min_cell_n') }} as is_small,
        count(*) filter (where cells.n0 < {{ var('min_cell_n') }}) over dimension as small_cells_n,
        row_number() over (
            partition by
                cells.basis,
                cells.cohort_month,
                cells.month_index,
                cells.dim_name,
                cells.n0 < {{ var('min_cell_n') }}
            order by cells.n0 asc nulls last, cells.dim_value asc nulls last
        ) as size_rank,
    from cells
    window dimension as (
        partition by cells.basis, cells.cohort_month, cells.month_index, cells.dim_name
    )
),

-- One hidden cell could be told from the total and the others, so the next smallest goes with it.
judged as (
    select
        sized.*,
        case
            when not sized.is_mature then 'immature'
            when
                sized.is_small
                or (
                    sized.dim_name <> 'all'
                    and sized.small_cells_n = 1
                    and sized.size_rank = 1
                )
                then 'suppressed'
            when sized.n0 < {{ var('low_n') }} then 'low_n'
            else 'ok'
        end as status,
    from sized
),

shown as (
    select
        judged.*,
        judged.status in ('ok', 'low_n') as is_shown,
    from judged
),

final as (
    select
        shown.basis,
        shown.cohort_month,
        shown.month_index,
        shown.dim_name,
        shown.dim_value,
        shown.n0,
        shown.month0_loss_n,
        case when shown.is_shown then shown.n_i end as n_i,
        case when shown.status <> 'suppressed' then shown.base_eur end as base_eur,
        case when shown.is_shown then shown.eur_i end as eur_i,
        case when shown.is_shown then shown.capped_eur_i end as capped_eur_i,
        case when shown.is_shown then cast(shown.n_i / shown.n0 as decimal(9, 6)) end as logo_rate,
        case when shown.is_shown then shown.never_left_n end as never_left_n,
        case when shown.is_shown then cast(shown.never_left_n / shown.n0 as decimal(9, 6)) end
            as never_left_rate,
        case
            when shown.is_shown and shown.basis = 'mrr'
                then cast(shown.eur_i / nullif(shown.base_eur, 0) as decimal(12, 6))
        end as nrr,
        case
            when shown.is_shown and shown.basis = 'mrr'
                then cast(shown.capped_eur_i / nullif(shown.base_eur, 0) as decimal(9, 6))
        end as grr,
        shown.is_mature,
        shown.status,
    from shown
)

select * from final
