{{ unfolding('prices', 'stripe') }}
with price as (
    select *
    from {{ touched_objects(source('raw_stripe', 'prices')) }}
),

version as (
    select *
    from {{ source('raw_stripe', 'prices') }}
    where id in ({{ touched_ids(source('raw_stripe', 'prices')) }})
),

event as (
    select *
    from {{ ref('stripe_change') }}
    where object_kind = 'price'
),

last_active as (
    select
        version.id,
        max(version.load_id) as load_id
    from version
    where not version.is_deleted and {{ json_text('version.payload', 'active') }} = 'true'
    group by version.id
),

-- One that was never seen active ended before anything was read, nobody knows when.
ended as (
    select
        version.id,
        min(coalesce(event.changed_at, version.extracted_at)) as ended_at
    from version
    inner join last_active on version.id = last_active.id and version.load_id > last_active.load_id
    left join event on version.id = event.object_id and version.extracted_at = event.extracted_at
    group by version.id
),

named as (
    select *
    from {{ ref('stripe_price') }}
),

tiers as (
    select *
    from {{ ref('stripe_price_tier') }}
),

amount as (
    select
        named.stripe_price_id,
        named.currency,
        cast(null as bigint) as from_quantity,
        {{ stripe_amount('named.unit_amount_decimal', 'named.currency') }} as unit_price,
        0 as place
    from named
    where named.unit_amount_decimal is not null
    union all
    select
        tiers.stripe_price_id,
        named.currency,
        tiers.from_quantity,
        tiers.unit_price,
        tiers.tier_no as place
    from tiers
    inner join named on tiers.stripe_price_id = named.stripe_price_id
    union all
    select
        optional.stripe_price_id,
        optional.currency,
        cast(null as bigint) as from_quantity,
        optional.unit_price,
        1000 + row_number() over (
            partition by optional.stripe_price_id order by optional.currency nulls last
        ) as place
    from {{ ref('stripe_price_in_other_currency') }} as optional
),

final as (
    select
        named.price_id,
        named.plan,
        named.service,
        amount.currency,
        named.interval_unit,
        named.interval_count,
        amount.from_quantity as tier_from_quantity,
        amount.unit_price as list_unit_price,
        {{ stripe_metadata('price.payload', 'target_unit_price') }} as target_unit_price,
        {{ stripe_instant('price.payload', 'created') }} as valid_from,
        ended.ended_at as valid_to,
        {{ unfolded_position('price', 'stripe/prices', 'amount.place') }}
    from price
    inner join named on price.id = named.stripe_price_id
    inner join amount on price.id = amount.stripe_price_id
    left join ended on price.id = ended.id
    where named.is_list and {{ is_unfolded_now('price.load_id') }}
)

select *
from final
