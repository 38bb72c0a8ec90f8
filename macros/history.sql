{#- The version of a historised row that is in force at an instant (METRICS R15). -#}
{% macro is_valid_at(versions, instant) -%}
    ({{ versions }}.valid_from is null or {{ versions }}.valid_from <= {{ instant }})
    and ({{ versions }}.valid_to is null or {{ versions }}.valid_to > {{ instant }})
{%- endmacro %}

{#- The same at the beginning of a day; `versions` is core.customer_version. -#}
{% macro is_valid_on(versions, day) -%}
    {{ versions }}.valid_from_on <= {{ day }} and {{ versions }}.valid_to_on > {{ day }}
{%- endmacro %}

{#- The first local day that begins at the instant or after it. -#}
{% macro first_midnight_from(instant) -%}
    {{ add_days(local_date(add_microseconds(instant, -1)), 1) }}
{%- endmacro %}

{#- Whole calendar months since a customer began to pay, in the bands of METRICS 9.1. -#}
{% macro tenure_band(months) -%}
    case
        when {{ months }} <= 3 then '0-3'
        when {{ months }} <= 12 then '4-12'
        when {{ months }} <= 24 then '13-24'
        else '25+'
    end
{%- endmacro %}
