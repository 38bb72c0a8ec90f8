{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('customer_version') }}
),

starts as (
    select * from {{ ref('fct_customer_start') }}
),

final as (
    select
        versions.customer_id,
        versions.valid_from,
        versions.valid_to,
        versions.customer_type,
        versions.segment,
        versions.region,
        versions.branch,
        versions.acquisition_source,
        versions.is_internal,
        versions.is_inferred,
        versions.is_current,
        starts.paying_from,
        {{ month_start('starts.paying_month') }} as cohort_month,
        versions.load_id,
    from versions
    left join starts on versions.customer_id = starts.customer_id
)

select * from final
