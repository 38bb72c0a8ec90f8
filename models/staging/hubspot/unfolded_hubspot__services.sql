{{ unfolding('services', 'hubspot') }}
with product as (
    select *
    from
        {{ hubspot_objects(
            source('raw_hubspot', 'products'), touched_ids(source('raw_hubspot', 'products'))
        ) }}
),

final as (
    select
        named.service,
        {{ hubspot_property('product.payload', 'churn_model') }} as churn_model,
        {{ hubspot_property('product.payload', 'inactivity_days') }} as inactivity_days,
        {{ hubspot_property('product.payload', 'gross_margin_rate') }} as gross_margin_rate,
        {{ unfolded_position('product', 'hubspot/products') }}
    from product
    inner join {{ ref('hubspot_product') }} as named on product.id = named.product_id
    where {{ is_unfolded_now('product.load_id') }}
)

select *
from final
