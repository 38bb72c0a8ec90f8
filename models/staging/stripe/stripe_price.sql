with price as (
    select *
    from {{ objects(source('raw_stripe', 'prices')) }}
),

products as (
    select *
    from {{ ref('stripe_product') }}
),

final as (
    select
        price.id as stripe_price_id,
        coalesce({{ stripe_metadata('price.payload', 'price_id') }}, price.id) as price_id,
        coalesce({{ stripe_metadata('price.payload', 'is_list') }}, 'true') <> 'false' as is_list,
        products.service,
        coalesce({{ stripe_metadata('price.payload', 'plan') }}, products.plan) as plan,
        coalesce({{ json_text('price.payload', 'recurring.interval') }}, 'one_time')
            as interval_unit,
        coalesce({{ json_integer('price.payload', 'recurring.interval_count') }}, 1)
            as interval_count,
        coalesce({{ json_text('price.payload', 'recurring.usage_type') }} = 'metered', false)
            as is_metered,
        {{ json_text('price.payload', 'tiers_mode') }} as tiers_mode,
        {{ json_text('price.payload', 'currency') }} as currency,
        {{ json_text('price.payload', 'unit_amount_decimal') }} as unit_amount_decimal,
        price.payload
    from price
    left join products on {{ json_text('price.payload', 'product') }} = products.product_id
)

select *
from final
