with

answers as (
    select * from {{ ref('cx_answer') }}
),

cells as (
    select
        month_no,
        measurement_level,
        instrument,
        {{ cx_cut() }},
        count(*) as n,
        count(*) filter (where bucket = 1) as good_n,
        count(*) filter (where bucket = -1) as bad_n,
        -- Above what was expected, where 3 is as expected (3.6).
        count(*) filter (where score >= 4) as exceeded_n,
        cast(sum(score) as decimal(38, 9)) as score_sum,
        cast(sum(cast(score as double) * cast(score as double)) as double) as score_squares,
        min(scale_min) as lowest_min,
        max(scale_min) as highest_min,
        min(scale_max) as lowest_max,
        max(scale_max) as highest_max
    from answers
    {{ by_cx_cut('month_no, measurement_level, instrument') }}
),

-- A scale without a zero shifts answers up: a series that mixes scales says so in all its months.
final as (
    select
        month_no,
        measurement_level,
        instrument,
        cut,
        touchpoint,
        unit,
        market,
        segment,
        n,
        good_n,
        n - good_n - bad_n as neutral_n,
        bad_n,
        exceeded_n,
        score_sum,
        score_squares,
        min(lowest_min) over series <> max(highest_min) over series
        or min(lowest_max) over series <> max(highest_max) over series as is_scale_mixed,
        case
            when instrument = 'enps' then {{ var('enps_min_n') }} else {{ var('min_cell_n') }}
        end as min_n
    from cells
    window series as (
        partition by measurement_level, instrument, cut, touchpoint, unit, market, segment
    )
)

select * from final
