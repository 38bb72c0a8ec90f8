-- METRICS 11.5 (3, 6): each dimension's cells, and all combinations, add up to the total.
with

sums as (
    select
        month_no,
        measurement_level,
        instrument,
        cut,
        sum(n) as n,
        sum(good_n) as good_n,
        sum(neutral_n) as neutral_n,
        sum(bad_n) as bad_n
    from {{ ref('cx_cell') }}
    group by month_no, measurement_level, instrument, cut
)

select
    parts.month_no,
    parts.measurement_level,
    parts.instrument,
    parts.cut
from sums as parts
inner join sums as totals
    on
        parts.month_no = totals.month_no
        and parts.measurement_level = totals.measurement_level
        and parts.instrument = totals.instrument
where
    totals.cut = 'total'
    and (
        parts.n <> totals.n
        or parts.good_n <> totals.good_n
        or parts.bad_n <> totals.bad_n
        or parts.good_n + parts.neutral_n + parts.bad_n <> parts.n
    )
