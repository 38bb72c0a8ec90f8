{#- The cuts of survey answers (METRICS 18, marts.cx_score): each full combination of the dimensions,
    each dimension by itself, and the total. The level and the instrument are always set. -#}

{% macro cx_dimensions() -%}
    {{ return(['touchpoint', 'unit', 'market', 'segment']) }}
{%- endmacro %}

{#- In the select list, after the keys. -#}
{% macro cx_cut() -%}
    case
        when grouping(touchpoint) + grouping(unit) + grouping(market) + grouping(segment) = 0
            then 'combination'
        {%- for dimension in cx_dimensions() %}
        when grouping({{ dimension }}) = 0 then '{{ dimension }}'
        {%- endfor %}
        else 'total'
    end as cut
    {%- for dimension in cx_dimensions() %},
    case when grouping({{ dimension }}) = 0 then {{ dimension }} else 'all' end as {{ dimension }}
    {%- endfor %}
{%- endmacro %}

{% macro by_cx_cut(keys) -%}
    group by
        grouping sets (
            ({{ keys }}),
            {%- for dimension in cx_dimensions() %}
            ({{ keys }}, {{ dimension }}),
            {%- endfor %}
            ({{ keys }}, {{ cx_dimensions() | join(', ') }})
        )
{%- endmacro %}
