{#- Cents and their like: half away from zero, in the minor unit of the currency. -#}
{% macro round_minor(amount, exponent=2) -%}
    round({{ amount }}, {{ exponent }})
{%- endmacro %}

{#- Six decimals, cast back after the division: DECIMAL / INTEGER is DOUBLE on DuckDB. -#}
{% macro to_eur(amount, units_per_eur) -%}
    cast({{ amount }} / {{ units_per_eur }} as decimal(18, 6))
{%- endmacro %}
