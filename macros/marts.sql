{#- What every row that people read says about where it comes from (METRICS section 11). -#}
{% macro mart_lineage() -%}
    {{ run_id() }} as run_id,
    {{ as_of() }} as as_of,
    '{{ var("metric_version") }}' as metric_version
{%- endmacro %}
