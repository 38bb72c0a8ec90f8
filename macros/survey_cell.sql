{#- The cell of one kind of event in the same month, level, touchpoint and channel. -#}
{% macro same_survey_cell(keys, cells, kind) -%}
    {{ cells }}.kind = '{{ kind }}'
    and {{ keys }}.month_no = {{ cells }}.month_no
    and {{ keys }}.measurement_level = {{ cells }}.measurement_level
    and {{ keys }}.touchpoint = {{ cells }}.touchpoint
    and {{ keys }}.channel = {{ cells }}.channel
{%- endmacro %}
