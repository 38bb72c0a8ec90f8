{%- set keys = 'kind, month_no, measurement_level' -%}
{%- set dimensions = ['touchpoint', 'channel'] -%}

with

cells as (
    select
        *,
        n < {{ var('min_cell_n') }} as is_small
    from {{ ref('survey_quality_cell') }}
    where month_no < {{ month_index_of(as_of()) }}
),

single as (
    {{ hide_second_value('cells', keys, dimensions) }}
),

combination as (
    {{ hide_below_hidden_values('cells', 'single', keys, dimensions) }}
),

once as (
    {{ hide_second_combination('combination', keys, dimensions) }}
),

twice as (
    {{ hide_second_combination('once', keys, dimensions) }}
),

united as (
    select
        *,
        is_small as is_hidden
    from cells
    where cut = 'total'
    union all
    select * from single
    union all
    select * from twice
),

-- What is asked through the most used channel, of all that is asked at the same place.
final as (
    select
        *,
        n / sum(n) filter (where cut in ('channel', 'combination')) over place as place_share,
        max(n) filter (where cut in ('channel', 'combination')) over place
        / sum(n) filter (where cut in ('channel', 'combination')) over place as top_share
    from united
    window place as (
        partition by
            kind, month_no, measurement_level, touchpoint
    )
)

select * from final
