with price as (
    select *
    from {{ ref('stripe_price') }}
    where tiers_mode is not null
),

tier as (
    select
        price.stripe_price_id,
        price.currency,
        price.tiers_mode,
        {{ each_json_item('price.payload', 'tiers') }}
    from price
),

final as (
    select
        tier.stripe_price_id,
        tier.tiers_mode,
        tier.item_no as tier_no,
        coalesce(
            lag({{ json_integer('tier.item', 'up_to') }}) over (
                partition by tier.stripe_price_id order by tier.item_no nulls last
            ),
            0
        )
        + 1 as from_quantity,
        {{ json_integer('tier.item', 'up_to') }} as to_quantity,
        {{ stripe_amount(json_text('tier.item', 'unit_amount_decimal'), 'tier.currency') }}
            as unit_price,
        coalesce(
            {{ stripe_amount(json_text('tier.item', 'flat_amount_decimal'), 'tier.currency') }}, 0
        ) as flat_amount
    from tier
)

select *
from final
