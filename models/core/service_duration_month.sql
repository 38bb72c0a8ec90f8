-- depends_on: {{ ref('changed_duration_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_no', ref('changed_duration_month')) }}",
    )
}}

-- Quantiles keep every value of their groups in memory until the last row is read, so each metric
-- and each dimension takes a pass of its own over a few columns, instead of one pass for all.
with

rolled as (
    {{ each_duration_rolled_up() }}
),

final as (
    select
        metric_id,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        n,
        cast(sum_calendar as decimal(38, 9)) as sum_calendar,
        cast(sum_business as decimal(38, 9)) as sum_business,
        cast({{ item_at('quantiles_calendar', 1) }} as decimal(38, 9)) as median_calendar,
        cast({{ item_at('quantiles_business', 1) }} as decimal(38, 9)) as median_business,
        cast({{ item_at('quantiles_calendar', 2) }} as decimal(38, 9)) as p90_calendar,
        cast({{ item_at('quantiles_business', 2) }} as decimal(38, 9)) as p90_business
    from rolled
)

select * from final
