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

prices as (
    select *
    from {{ ref('stripe_price') }}
),

-- Before that, what was billed says it; of metered use the quantity is no item's.
billed as (
    select
        billed.subscription_id,
        0 as seen_no,
        billed.billed_from as seen_at,
        cast(null as varchar) as status,
        cast(null as timestamptz) as ended_at,
        billed.item_id,
        cast(null as timestamptz) as created_at,
        billed.stripe_price_id,
        case when not coalesce(prices.is_metered, false) then billed.quantity end as quantity,
        billed.currency,
        billed.unit_amount_decimal,
        prices.interval_unit,
        cast(prices.interval_count as varchar) as interval_count,
        coalesce(prices.is_metered, false) as is_metered,
        billed.permanent_discount_rate,
        billed.permanent_discount_amount,
        billed.billed_to,
        row_number() over (
            partition by billed.item_id
            order by
                billed.billed_from nulls last,
                billed.is_proration nulls last,
                billed.invoice_id nulls last,
                billed.line_no nulls last
        ) as place
    from {{ ref('stripe_item_billed') }} as billed
    left join prices on billed.stripe_price_id = prices.stripe_price_id
    where not billed.is_taken_back
),

sighting as (
    select *
    from billed
    union all
    select
        read_item.*,
        cast(null as timestamptz) as billed_to,
        0 as place
    from read_item
    -- What is given free is no item of what is paid for.
    where read_item.status <> 'free'
),

final as (
    select
        sighting.*,
        row_number() over (
            partition by sighting.item_id
            order by sighting.seen_no nulls last, sighting.place nulls last
        ) as sighting_no,
        concat_ws(
            '|',
            sighting.stripe_price_id,
            coalesce(cast(sighting.quantity as varchar), '-'),
            coalesce(sighting.permanent_discount_rate, '-'),
            coalesce(sighting.permanent_discount_amount, '-')
        ) as terms
    from sighting
)

select *
from final
