{#- The dimensions of a customer (METRICS 14, C): the company, and each dimension by itself. -#}

{% macro customer_dimensions() -%}
    {{ return(['segment', 'customer_type', 'region', 'acquisition_source']) }}
{%- endmacro %}

{#- dim_name and dim_value of a group; `rows` has the four columns, without NULLs. -#}
{% macro customer_dimension(rows) -%}
    case
        {%- for dimension in customer_dimensions() %}
        when grouping({{ rows }}.{{ dimension }}) = 0 then '{{ dimension }}'
        {%- endfor %}
        else 'all'
    end as dim_name,
    coalesce(
        {%- for dimension in customer_dimensions() %}
        {{ rows }}.{{ dimension }},
        {%- endfor %}
        'all'
    ) as dim_value
{%- endmacro %}

{#- `keys` are the columns that every group has. -#}
{% macro by_customer_dimension(rows, keys) -%}
    {%- set prefix = rows ~ '.' -%}
    {%- set common = prefix ~ (keys | join(', ' ~ prefix)) -%}
    grouping sets (
        ({{ common }})
        {%- for dimension in customer_dimensions() %},
        ({{ common }}, {{ prefix }}{{ dimension }})
        {%- endfor %}
    )
{%- endmacro %}
