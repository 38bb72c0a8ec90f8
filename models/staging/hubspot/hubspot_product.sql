with product as (
    select *
    from {{ hubspot_objects(source('raw_hubspot', 'products')) }}
),

final as (
    select
        product.id as product_id,
        coalesce(
            {{ hubspot_property('product.payload', 'price_id') }},
            {{ hubspot_property('product.payload', 'hs_sku') }},
            {{ hubspot_id('product.id') }}
        ) as price_id,
        coalesce(
            {{ hubspot_property('product.payload', 'service') }},
            {{ hubspot_property('product.payload', 'name') }}
        ) as service,
        coalesce(
            {{ hubspot_property('product.payload', 'plan') }},
            {{ hubspot_property('product.payload', 'name') }}
        ) as plan
    from product
)

select *
from final
