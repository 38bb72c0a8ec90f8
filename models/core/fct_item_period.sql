{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

versions as (
    select * from {{ ref('item_version') }}
),

spans as (
    select * from {{ ref('discounted_item_span') }}
),

periods as (
    select
        versions.*,
        coalesce(spans.span_from, versions.valid_from) as period_from,
        case when spans.item_id is null then versions.valid_to else spans.span_to end as period_to,
        coalesce(spans.amount, versions.amount) as period_amount,
    from versions
    left join spans
        on versions.item_id = spans.item_id and versions.valid_from = spans.valid_from
    where
        not versions.is_outside_mrr
        and {{ is_changed('versions.customer_id', ref('changed_customer')) }}
),

final as (
    select
        periods.item_id,
        periods.subscription_id,
        periods.customer_id,
        periods.price_id,
        periods.plan,
        periods.currency,
        periods.period_from as valid_from,
        periods.period_to as valid_to,
        periods.quantity,
        periods.interval_unit,
        periods.interval_count,
        {{ monthly_amount(
            'periods.list_amount', 'periods.interval_unit', 'periods.interval_count'
        ) }} as list_mrr,
        {{ monthly_amount(
            'periods.period_amount', 'periods.interval_unit', 'periods.interval_count'
        ) }} as mrr,
        periods.load_id,
    from periods
)

select * from final
