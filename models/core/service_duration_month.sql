-- Quantiles keep every value of their groups in memory until the statement ends, so each metric is
-- a statement of its own, of many tickets one for each range of months, with a pass over a few
-- columns for each dimension.
-- depends_on: {{ ref('changed_service_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_no', ref('changed_service_month')) }}",
        post_hook="{{ insert_durations() }}",
    )
}}

{{ durations_by_month(first_duration(), *duration_ranges()[0]) }}
