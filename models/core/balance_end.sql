{{ config(materialized='view') }}

with

spans as (
    select * from {{ ref('balance_span') }}
),

rates as (
    select * from {{ ref('dim_fx_month') }}
),

ended as (
    select
        spans.*,
        case
            when spans.first_month < spans.last_month then spans.mrr
            else spans.first_opening_mrr
        end as opening_mrr,
    from spans
    where spans.last_closing_mrr = 0
),

final as (
    select
        ended.customer_id,
        ended.subscription_id,
        ended.plan,
        ended.currency,
        ended.service,
        ended.branch,
        ended.last_month as month_index,
        {{ month_start('ended.last_month') }} as month,
        {{ to_eur('ended.opening_mrr', 'rates.units_per_eur') }} as opening_mrr_eur,
    from ended
    left join rates on ended.currency = rates.currency and ended.last_month = rates.month_index
    where ended.opening_mrr > 0
)

select * from final
