{#- How Stripe writes money, time and status. -#}

{#- Minor units, also fractions of them, in major ones: Stripe's own list of currencies without and
    with three decimals, which is not quite ISO's. -#}
{% macro stripe_amount(minor_units, currency) -%}
    cast(
        try_cast({{ minor_units }} as decimal(26, 12))
        * case
            when lower({{ currency }}) in (
                'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv',
                'xaf', 'xof', 'xpf'
            ) then cast(1 as decimal(4, 3))
            when lower({{ currency }}) in ('bhd', 'jod', 'kwd', 'omr', 'tnd')
                then cast(0.001 as decimal(4, 3))
            else cast(0.01 as decimal(4, 3))
        end
        as decimal(18, 6)
    )
{%- endmacro %}

{#- Seconds since 1970. -#}
{% macro stripe_instant(document, path) -%}
    {{ instant_of_us(json_integer(document, path) ~ ' * 1000000') }}
{%- endmacro %}

{#- The contract's status. A running subscription whose collection is paused bills nothing. -#}
{% macro stripe_status(document) -%}
    case
        when {{ json_text(document, 'status') }} = 'incomplete_expired' then 'incomplete'
        when
            {{ json_text(document, 'status') }} in ('active', 'past_due')
            and {{ json_text(document, 'pause_collection.behavior') }} is not null
            then 'paused'
        when
            {{ json_text(document, 'status') }} = 'active'
            and {{ json_text(document, 'items.data[0].price.unit_amount_decimal') }} = '0'
            and {{ json_text(document, 'items.data[1].id') }} is null
            then 'free'
        else {{ json_text(document, 'status') }}
    end
{%- endmacro %}

{#- What an object says of itself under the contract's name. -#}
{% macro stripe_metadata(document, name) -%}
    nullif({{ json_text(document, 'metadata.' ~ name) }}, '')
{%- endmacro %}
