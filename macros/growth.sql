{#- Sum of one part of core.growth_period, of the rows that meet the condition. -#}
{% macro sum_part(parts, part, condition='true') -%}
    {{ sum_money(
        'case when ' ~ parts ~ ".part = '" ~ part ~ "' and " ~ condition ~ ' then ' ~ parts
        ~ '.amount end'
    ) }}
{%- endmacro %}
