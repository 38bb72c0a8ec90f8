{#- The dimensions of a cohort (METRICS 4.7): what the customer was, and had, at its start. -#}

{% macro cohort_dimensions() -%}
    {{ return(customer_dimensions() + ['service', 'plan', 'branch']) }}
{%- endmacro %}

{#- dim_name and dim_value of a group. -#}
{% macro cohort_dimension(rows) -%}
    case
        {%- for dimension in cohort_dimensions() %}
        when grouping({{ rows }}.{{ dimension }}) = 0 then '{{ dimension }}'
        {%- endfor %}
        else 'all'
    end as dim_name,
    coalesce(
        {%- for dimension in cohort_dimensions() %}
        {{ rows }}.{{ dimension }},
        {%- endfor %}
        'all'
    ) as dim_value
{%- endmacro %}

{#- `keys` are the columns that every group has. -#}
{% macro by_cohort_dimension(rows, keys) -%}
    {%- set prefix = rows ~ '.' -%}
    {%- set common = prefix ~ (keys | join(', ' ~ prefix)) -%}
    grouping sets (
        ({{ common }})
        {%- for dimension in cohort_dimensions() %},
        ({{ common }}, {{ prefix }}{{ dimension }})
        {%- endfor %}
    )
{%- endmacro %}

{#- Who has no plan stands under no plan. -#}
{% macro has_cohort_dimension(rows) -%}
    {%- for dimension in cohort_dimensions() %}
        {{ 'and ' if not loop.first -}}
        (grouping({{ rows }}.{{ dimension }}) = 1 or {{ rows }}.{{ dimension }} is not null)
    {%- endfor %}
{%- endmacro %}
