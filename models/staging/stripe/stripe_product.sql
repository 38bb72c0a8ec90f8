with product as (
    select *
    from {{ objects(source('raw_stripe', 'products')) }}
),

final as (
    select
        product.id as product_id,
        coalesce(
            {{ stripe_metadata('product.payload', 'service') }},
            {{ json_text('product.payload', 'name') }}
        ) as service,
        coalesce(
            {{ stripe_metadata('product.payload', 'plan') }},
            {{ json_text('product.payload', 'name') }}
        ) as plan
    from product
)

select *
from final
