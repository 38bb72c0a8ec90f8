with price as (
    select *
    from {{ ref('stripe_price') }}
),

optional as (
    select
        price.stripe_price_id,
        price.currency as own_currency,
        {{ each_json_member('price.payload', 'currency_options') }}
    from price
    where {{ json_part('price.payload', 'currency_options') }} is not null
),

amount as (
    select
        optional.stripe_price_id,
        optional.own_currency,
        optional.item_key as currency,
        {{ json_text('optional.item', 'unit_amount_decimal') }} as unit_amount_decimal
    from optional
),

final as (
    select
        amount.stripe_price_id,
        amount.currency,
        {{ stripe_amount('amount.unit_amount_decimal', 'amount.currency') }} as unit_price
    from amount
    where amount.currency <> amount.own_currency and amount.unit_amount_decimal is not null
)

select *
from final
