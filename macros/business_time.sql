{#- Business time (METRICS R17). core.dim_business_interval tiles each UTC day of a schedule, so an
    instant meets exactly one row by an equi-join on schedule and day with a residual range. What an
    interval holds is the business time before it; a duration is the difference of two positions,
    rounded down once, so that it never exceeds the calendar duration of the same two instants. -#}

{#- Days since 1970-01-01 in UTC: the calendar's join key costs no time-zone arithmetic per row. -#}
{% macro epoch_day(instant) -%}
    cast(epoch_us({{ instant }}) // 86400000000 as integer)
{%- endmacro %}

{#- The join condition of the one interval that holds the instant. -#}
{% macro holds_instant(interval, schedule_id, instant) -%}
    {{ interval }}.schedule_id = {{ schedule_id }}
    and {{ interval }}.epoch_day = {{ epoch_day(instant) }}
    and {{ instant }} >= {{ interval }}.starts_at
    and {{ instant }} < {{ interval }}.ends_at
{%- endmacro %}

{#- Business microseconds from the calendar's first day to the instant. -#}
{% macro business_position(interval, instant) -%}
    {{ interval }}.cum_seconds * 1000000
    + greatest(
        least(epoch_us({{ instant }}), epoch_us({{ interval }}.closes_at))
        - epoch_us({{ interval }}.opens_at),
        0
    )
{%- endmacro %}

{% macro business_elapsed_s(from_position, to_position) -%}
    cast((({{ to_position }}) - ({{ from_position }})) // 1000000 as bigint)
{%- endmacro %}
