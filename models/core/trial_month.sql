{%- set dimensions = subscription_dimensions() + customer_dimensions() -%}

with

trials as (
    select * from {{ ref('fct_trial') }}
),

-- The whole month waits for its last trial, in every cell alike (6.1).
months as (
    select
        month_no,
        bool_and(is_mature) as is_mature
    from trials
    group by month_no
),

cells as (
    select
        month_no,
        {{ single_cut(dimensions) }},
        count(*) as trials_n,
        count(*) filter (where is_converted) as converted_n,
        cast(sum(paid_after_days) as bigint) as days_sum,
        {{ quantile('paid_after_days', 0.5) }} as days_median,
        {{ quantile('paid_after_days', 0.9) }} as days_p90
    from trials
    {{ by_single_cut(['month_no'], dimensions) }}
),

final as (
    select
        cells.*,
        months.is_mature
    from cells
    inner join months on cells.month_no = months.month_no
)

select * from final
