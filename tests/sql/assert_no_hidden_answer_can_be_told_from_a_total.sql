-- METRICS R11: beneath a shown total, and beneath a shown value of one dimension, no cell is the
-- only hidden one among several.
with

cells as (
    select * from {{ ref('cx_cell_shown') }}
),

below_totals as (
    select
        month_no,
        measurement_level,
        instrument,
        cut,
        'all' as parent,
        count(*) as cells_n,
        count(*) filter (where is_hidden) as hidden_n
    from cells
    where cut <> 'total'
    group by month_no, measurement_level, instrument, cut
),

below_values as (
    select
        combinations.month_no,
        combinations.measurement_level,
        combinations.instrument,
        parents.cut,
        concat(parents.touchpoint, parents.unit, parents.market, parents.segment) as parent,
        count(*) as cells_n,
        count(*) filter (where combinations.is_hidden) as hidden_n
    from cells as combinations
    inner join cells as parents
        on
            combinations.month_no = parents.month_no
            and combinations.measurement_level = parents.measurement_level
            and combinations.instrument = parents.instrument
            and (
                (parents.cut = 'touchpoint' and combinations.touchpoint = parents.touchpoint)
                or (parents.cut = 'unit' and combinations.unit = parents.unit)
                or (parents.cut = 'market' and combinations.market = parents.market)
                or (parents.cut = 'segment' and combinations.segment = parents.segment)
            )
    where combinations.cut = 'combination' and not parents.is_hidden
    group by
        combinations.month_no,
        combinations.measurement_level,
        combinations.instrument,
        parents.cut,
        concat(parents.touchpoint, parents.unit, parents.market, parents.segment)
),

final as (
    select * from below_totals
    union all
    select * from below_values
)

select * from final
where hidden_n = 1 and cells_n > 1
