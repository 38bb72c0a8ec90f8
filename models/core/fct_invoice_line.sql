{{ config(materialized='view') }}

with

billed as (
    select * from {{ ref('fct_billed_line') }}
),

free as (
    select * from {{ ref('fct_free_period') }}
),

final as (
    select
        'billed' as line_type,
        billed.invoice_id,
        billed.line_no,
        billed.customer_id,
        billed.subscription_id,
        billed.service,
        billed.plan,
        billed.segment,
        billed.sales_channel,
        billed.issued_on,
        billed.service_from,
        billed.service_to,
        billed.has_target,
        billed.list_source,
        billed.tier_eur,
        billed.target_eur,
        billed.realised_eur,
        billed.price_lag_eur,
        billed.negotiated_eur,
        billed.line_eur,
        billed.invoice_eur,
        cast(case when billed.has_target then 0 end as decimal(18, 6)) as free_period_eur,
        billed.net_eur,
        billed.load_id,
    from billed
    union all
    select
        'free_period' as line_type,
        null as invoice_id,
        null as line_no,
        free.customer_id,
        free.subscription_id,
        free.service,
        free.plan,
        free.segment,
        'unknown' as sales_channel,
        free.issued_on,
        free.service_from,
        free.service_to,
        true as has_target,
        'price_list' as list_source,
        free.tier_eur,
        free.target_eur,
        0 as realised_eur,
        0 as price_lag_eur,
        0 as negotiated_eur,
        0 as line_eur,
        0 as invoice_eur,
        free.target_eur as free_period_eur,
        0 as net_eur,
        free.load_id,
    from free
)

select * from final
