{{ unfolding('subscription_items', 'stripe') }}
with span as (
    select *
    from {{ ref('stripe_item_span') }}
),

item as (
    select *
    from {{ ref('stripe_item_seen') }}
),

prices as (
    select *
    from {{ ref('stripe_price') }}
),

newest as (
    select
        subscription_id,
        load_id,
        row_no,
        extracted_at
    from {{ ref('stripe_subscription_seen') }}
    where seen_no = 1 and {{ is_unfolded_now('load_id') }}
),

-- A volume price is that of the tier that the quantity falls into, a graduated one the mean.
tiered as (
    select
        item.item_id,
        item.sighting_no,
        cast(sum(
            case
                when tiers.tiers_mode = 'graduated'
                    then
                        tiers.flat_amount
                        + tiers.unit_price * (
                            least(item.quantity, coalesce(tiers.to_quantity, item.quantity))
                            - tiers.from_quantity + 1
                        )
                when item.quantity <= coalesce(tiers.to_quantity, item.quantity)
                    then tiers.flat_amount + tiers.unit_price * item.quantity
                else 0
            end
        ) / item.quantity as decimal(18, 6)) as unit_price
    from item
    inner join {{ ref('stripe_price_tier') }} as tiers
        on
            item.stripe_price_id = tiers.stripe_price_id
            and greatest(item.quantity, 1) >= tiers.from_quantity
    where item.quantity > 0
    group by item.item_id, item.sighting_no, item.quantity
),

final as (
    select
        span.item_id,
        span.subscription_id,
        coalesce(prices.price_id, item.stripe_price_id) as price_id,
        prices.plan,
        span.valid_from,
        span.valid_to,
        -- Of metered use Stripe says no quantity.
        coalesce(item.quantity, 1) as quantity,
        coalesce(
            {{ stripe_amount('item.unit_amount_decimal', 'item.currency') }},
            tiered.unit_price,
            case when item.quantity = 0 then 0 end
        ) as unit_price,
        item.currency,
        item.interval_unit,
        item.interval_count,
        item.permanent_discount_rate,
        item.permanent_discount_amount,
        case when item.is_metered then true end as is_metered,
        {{ unfolded_position(
            'newest',
            'stripe/subscriptions',
            'row_number() over (partition by newest.load_id, newest.row_no '
            ~ 'order by span.item_id, span.span_no)'
        ) }}
    from span
    inner join newest on span.subscription_id = newest.subscription_id
    inner join item on span.item_id = item.item_id and span.first_sighting_no = item.sighting_no
    left join prices on item.stripe_price_id = prices.stripe_price_id
    left join tiered
        on span.item_id = tiered.item_id and span.first_sighting_no = tiered.sighting_no
    where span.valid_to is null or span.valid_from < span.valid_to
)

select *
from final
