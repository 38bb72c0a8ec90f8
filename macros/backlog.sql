{#- Age bands of the backlog (METRICS 8.5). The age at the end of a day is that of the next midnight:
    a ticket is one day old at the end of its first day. `age_bands` counts from the day of creation. -#}

{#- The part of a span of days in which its ticket was of the band's age. -#}
{% macro band_piece(spans) -%}
    greatest({{ spans }}.from_on, {{ add_days(spans ~ '.created_on', 'age_bands.from_day') }})
        as from_on,
    least({{ spans }}.to_on, {{ add_days(spans ~ '.created_on', 'age_bands.until_day') }}) as to_on
{%- endmacro %}

{% macro is_in_band(spans) -%}
    ({{ spans }}.to_on is null or {{ spans }}.to_on > {{ add_days(spans ~ '.created_on', 'age_bands.from_day') }})
    and (
        age_bands.until_day is null
        or {{ spans }}.from_on < {{ add_days(spans ~ '.created_on', 'age_bands.until_day') }}
    )
{%- endmacro %}
