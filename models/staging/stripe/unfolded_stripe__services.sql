{{ unfolding('services', 'stripe') }}
with product as (
    select *
    from {{ touched_objects(source('raw_stripe', 'products')) }}
),

final as (
    select
        coalesce(
            {{ stripe_metadata('product.payload', 'service') }},
            {{ json_text('product.payload', 'name') }}
        ) as service,
        {{ stripe_metadata('product.payload', 'churn_model') }} as churn_model,
        {{ stripe_metadata('product.payload', 'inactivity_days') }} as inactivity_days,
        {{ stripe_metadata('product.payload', 'gross_margin_rate') }} as gross_margin_rate,
        {{ unfolded_position('product', 'stripe/products') }}
    from product
    where {{ is_unfolded_now('product.load_id') }}
)

select *
from final
