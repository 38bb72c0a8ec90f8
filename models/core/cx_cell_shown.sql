{%- set keys = 'month_no, measurement_level, instrument' -%}
{%- set dimensions = cx_dimensions() -%}

with

cells as (
    select
        *,
        n < min_n as is_small
    from {{ ref('cx_cell') }}
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

thrice as (
    {{ hide_second_combination('twice', keys, dimensions) }}
),

final as (
    select
        *,
        is_small as is_hidden
    from cells
    where cut = 'total'
    union all
    select * from single
    union all
    select * from thrice
)

select * from final
