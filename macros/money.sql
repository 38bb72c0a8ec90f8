{#- Cents and their like: half away from zero, in the minor unit of the currency (EUR 2, JPY 0). -#}
{% macro round_minor(amount, minor_unit) -%}
    case {{ minor_unit }}
        when 0 then cast(round({{ amount }}, 0) as decimal(18, 6))
        when 3 then cast(round({{ amount }}, 3) as decimal(18, 6))
        when 4 then cast(round({{ amount }}, 4) as decimal(18, 6))
        else cast(round({{ amount }}, 2) as decimal(18, 6))
    end
{%- endmacro %}

{#- Six decimals, cast back after the division: a division of decimals is DOUBLE on DuckDB. Nothing is
    nothing in any currency, also in one without a rate. -#}
{% macro to_eur(amount, units_per_eur) -%}
    case
        when {{ units_per_eur }} = 1 or {{ amount }} = 0 then {{ amount }}
        else cast({{ amount }} / {{ units_per_eur }} as decimal(18, 6))
    end
{%- endmacro %}

{#- Stands before a product: two DECIMAL(18, 6) multiply to DECIMAL(18, 12) on DuckDB, which has no
    room for a million. -#}
{% macro wide(amount) -%}
    cast({{ amount }} as decimal(38, 6))
{%- endmacro %}

{#- Each sum or difference of decimals is a digit wider, and beyond eighteen in 128 bits. -#}
{% macro money(amount) -%}
    cast({{ amount }} as decimal(18, 6))
{%- endmacro %}

{#- Quantity × factor × amount in cents. Whole quantities, which nearly all are, multiply in 64 bits;
    others take 128, which cost ten times as much. -#}
{% macro rounded_product(quantity, factor, amount, minor_unit) -%}
    case
        when {{ factor }} = 1 and abs({{ quantity }}) < 1000000 and {{ quantity }} = floor({{ quantity }})
            then {{ round_minor('cast(' ~ quantity ~ ' as integer) * (' ~ amount ~ ')', minor_unit) }}
        else {{ round_minor(wide('(' ~ amount ~ ')') ~ ' * ' ~ quantity ~ ' * ' ~ factor, minor_unit) }}
    end
{%- endmacro %}

{#- Sums of decimals widen; money stays DECIMAL(18, 6). -#}
{% macro sum_money(amount) -%}
    cast(coalesce(sum({{ amount }}), 0) as decimal(18, 6))
{%- endmacro %}

{#- Gross margin of a sum of money over services; NULL where a service with money has no rate. -#}
{% macro sum_margin(amount, margin_rate) -%}
    case
        when
            min(case when {{ amount }} <> 0 and {{ margin_rate }} is null then 0 else 1 end) = 1
            then cast(coalesce(sum({{ wide(amount) }} * {{ margin_rate }}), 0) as decimal(18, 6))
    end
{%- endmacro %}

{#- The same of one sum. -#}
{% macro margin(amount, margin_rate) -%}
    case
        when {{ amount }} <> 0 and {{ margin_rate }} is null then null
        else cast(coalesce({{ wide(amount) }} * {{ margin_rate }}, 0) as decimal(18, 6))
    end
{%- endmacro %}

{#- Calendar logic, never the days of the month (METRICS 5.1). -#}
{% macro monthly_amount(amount, interval_unit, interval_count) -%}
    cast(
        case {{ interval_unit }}
            when 'month' then {{ amount }} / {{ interval_count }}
            when 'year' then {{ amount }} / (12 * {{ interval_count }})
            when 'week' then {{ amount }} * 52 / (12 * {{ interval_count }})
            when 'day' then {{ amount }} * 365 / (12 * {{ interval_count }})
        end as decimal(18, 6)
    )
{%- endmacro %}

{#- Whole minor units as an integer, for allocation without fractions. -#}
{% macro in_minor_units(amount, minor_unit) -%}
    cast(
        round(
            {{ wide(amount) }}
            * case {{ minor_unit }} when 0 then 1 when 3 then 1000 when 4 then 10000 else 100 end,
            0
        ) as bigint
    )
{%- endmacro %}

{% macro from_minor_units(units, minor_unit) -%}
    cast(
        {{ units }}
        * case {{ minor_unit }}
            when 0 then cast(1 as decimal(18, 6))
            when 3 then cast(0.001 as decimal(18, 6))
            when 4 then cast(0.0001 as decimal(18, 6))
            else cast(0.01 as decimal(18, 6))
        end as decimal(18, 6)
    )
{%- endmacro %}

{#- The part of a gap that is discount rather than overprice; a reversal takes discount back. -#}
{% macro discount_part(gap, is_reversal) -%}
    case when {{ is_reversal }} then least({{ gap }}, 0) else greatest({{ gap }}, 0) end
{%- endmacro %}

{#- What one movement changed, signed; `balances` has movement, opening_mrr_eur, closing_mrr_eur. -#}
{% macro movement_amount(balances, movement) -%}
    case
        when {{ balances }}.movement = '{{ movement }}'
            then {{ balances }}.closing_mrr_eur - {{ balances }}.opening_mrr_eur
    end
{%- endmacro %}

{#- Money a month over the horizon of a customer's life; see core.lifetime_factor. -#}
{% macro clv(monthly_amount, factor) -%}
    cast({{ wide(monthly_amount) }} * {{ factor }} as decimal(18, 6))
{%- endmacro %}

{#- Customers of the rows for which the condition holds. -#}
{% macro sum_count(rows, condition) -%}
    cast(
        coalesce(sum(case when {{ rows }}.{{ condition }} then {{ rows }}.customers_n end), 0)
        as bigint
    )
{%- endmacro %}

{#- What the balance of a month did (METRICS 5.2). -#}
{% macro movement(opening, closing, is_first) -%}
    case
        when {{ opening }} > 0 and {{ closing }} = 0 then 'churn'
        when {{ opening }} > {{ closing }} then 'contraction'
        when {{ opening }} > 0 and {{ closing }} > {{ opening }} then 'expansion'
        when {{ opening }} > 0 then 'none'
        when {{ is_first }} then 'new'
        else 'reactivation'
    end
{%- endmacro %}
