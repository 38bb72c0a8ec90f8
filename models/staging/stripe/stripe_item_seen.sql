with seen as (
    select *
    from {{ ref('stripe_subscription_seen') }}
),

item as (
    select
        seen.subscription_id,
        seen.seen_no,
        seen.seen_at,
        seen.status,
        seen.ended_at,
        {{ each_json_item('seen.payload', 'items.data') }}
    from seen
),

read_item as (
    select
        item.subscription_id,
        item.seen_no,
        item.seen_at,
        item.status,
        item.ended_at,
        {{ json_text('item.item', 'id') }} as item_id,
        {{ stripe_instant('item.item', 'created') }} as created_at,
        {{ json_text('item.item', 'price.id') }} as stripe_price_id,
        {{ json_decimal('item.item', 'quantity') }} as quantity,
        {{ json_text('item.item', 'price.currency') }} as currency,
        {{ json_text('item.item', 'price.unit_amount_decimal') }} as unit_amount_decimal,
        {{ json_text('item.item', 'price.recurring.interval') }} as interval_unit,
        {{ json_text('item.item', 'price.recurring.interval_count') }} as interval_count,
        {{ json_text('item.item', 'price.recurring.usage_type') }} = 'metered' as is_metered,
        {{ stripe_metadata('item.item', 'permanent_discount_rate') }} as permanent_discount_rate,
        {{ stripe_metadata('item.item', 'permanent_discount_amount') }}
            as permanent_discount_amount
    from item
),

final as (
    select
        read_item.*,
        concat_ws(
            '|',
            read_item.stripe_price_id,
            cast(read_item.quantity as varchar),
            read_item.unit_amount_decimal,
            coalesce(read_item.permanent_discount_rate, '-'),
            coalesce(read_item.permanent_discount_amount, '-')
        ) as terms
    from read_item
    -- What is given free is no item of what is paid for.
    where read_item.status <> 'free'
)

select *
from final
