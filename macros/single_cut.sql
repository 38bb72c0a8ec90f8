{#- The company, and each of the dimensions by itself, as dim_name and dim_value. The dimensions hold
    no NULL. -#}
{% macro single_cut(dimensions) -%}
    case
        {%- for dimension in dimensions %}
        when grouping({{ dimension }}) = 0 then '{{ dimension }}'
        {%- endfor %}
        else 'all'
    end as dim_name,
    case
        {%- for dimension in dimensions %}
        when grouping({{ dimension }}) = 0 then {{ dimension }}
        {%- endfor %}
        else 'all'
    end as dim_value
{%- endmacro %}

{% macro by_single_cut(keys, dimensions) -%}
    group by
        grouping sets (
            ({{ keys }})
            {%- for dimension in dimensions %},
            ({{ keys }}, {{ dimension }})
            {%- endfor %}
        )
{%- endmacro %}
