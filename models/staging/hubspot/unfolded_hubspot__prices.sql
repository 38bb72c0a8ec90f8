{{ unfolding('prices', 'hubspot') }}
with product as (
    select *
    from
        {{ hubspot_objects(
            source('raw_hubspot', 'products'), touched_ids(source('raw_hubspot', 'products'))
        ) }}
),

version as (
    select *
    from
        {{ hubspot_versions(
            source('raw_hubspot', 'products'), touched_ids(source('raw_hubspot', 'products'))
        ) }}
),

property as (
    select
        version.id,
        version.load_id,
        {{ each_json_member('version.payload', 'properties') }}
    from version
    where not version.is_deleted
),

in_currency as (
    select
        property.id,
        property.load_id,
        upper(substr(property.item_key, 10)) as currency,
        try_cast({{ json_value('property.item') }} as decimal(18, 6)) as unit_price
    from property
    where left(property.item_key, 9) = 'hs_price_' and length(property.item_key) = 12
    union all
    select
        property.id,
        property.load_id,
        '{{ var("hubspot_currency") }}' as currency,
        try_cast({{ json_value('property.item') }} as decimal(18, 6)) as unit_price
    from property
    where property.item_key = 'price'
),

currency as (
    select
        in_currency.id,
        in_currency.currency
    from in_currency
    where in_currency.unit_price is not null
    group by in_currency.id, in_currency.currency
),

-- Without an amount where the product was not for sale; an account may say its own currency twice.
said as (
    select
        version.id,
        version.load_id,
        version.changed_at,
        currency.currency,
        max(in_currency.unit_price) as unit_price,
        max(
            case
                when not version.is_deleted
                    then coalesce(
                        {{ hubspot_property('version.payload', 'recurringbillingfrequency') }}, ''
                    )
            end
        ) as frequency
    from version
    inner join currency on version.id = currency.id
    left join in_currency
        on
            version.id = in_currency.id
            and version.load_id = in_currency.load_id
            and currency.currency = in_currency.currency
    group by version.id, version.load_id, version.changed_at, currency.currency
),

compared as (
    select
        said.*,
        lag(said.load_id) over (
            partition by said.id, said.currency order by said.load_id nulls last
        ) as last_load_id,
        lag(said.unit_price) over (
            partition by said.id, said.currency order by said.load_id nulls last
        ) as last_unit_price,
        lag(said.frequency) over (
            partition by said.id, said.currency order by said.load_id nulls last
        ) as last_frequency
    from said
),

-- What it cost before it was first read, nobody knows: that price holds from the beginning.
span as (
    select
        compared.*,
        case when compared.last_load_id is not null then compared.changed_at end as valid_from,
        lead(compared.changed_at) over (
            partition by compared.id, compared.currency order by compared.load_id nulls last
        ) as valid_to,
        row_number() over (
            partition by compared.id
            order by compared.currency nulls last, compared.load_id nulls last
        ) as place
    from compared
    where
        compared.last_load_id is null
        or compared.unit_price is distinct from compared.last_unit_price
        or compared.frequency is distinct from compared.last_frequency
),

final as (
    select
        named.price_id,
        named.plan,
        named.service,
        span.currency,
        {{ hubspot_interval_unit("nullif(span.frequency, '')") }} as interval_unit,
        {{ hubspot_interval_count('span.frequency') }} as interval_count,
        cast(null as bigint) as tier_from_quantity,
        span.unit_price as list_unit_price,
        {{ hubspot_property('product.payload', 'target_unit_price') }} as target_unit_price,
        span.valid_from,
        span.valid_to,
        {{ unfolded_position('product', 'hubspot/products', 'span.place') }}
    from span
    inner join product on span.id = product.id
    inner join {{ ref('hubspot_product') }} as named on span.id = named.product_id
    where span.unit_price is not null and {{ is_unfolded_now('product.load_id') }}
)

select *
from final
