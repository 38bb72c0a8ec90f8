{#- The dimensions by which figures are told (METRICS 14), and the cut of rows by each of them alone. -#}

{#- Of a customer (C). -#}
{% macro customer_dimensions() -%}
    {{ return(['segment', 'customer_type', 'region', 'acquisition_source']) }}
{%- endmacro %}

{#- Of what a customer has (S). They belong to the subscription, and a customer may have several of
    each (R16). -#}
{% macro subscription_dimensions() -%}
    {{ return(['service', 'plan', 'branch']) }}
{%- endmacro %}

{#- Of a cohort (4.7): what the customer was, and had, at its start. -#}
{% macro cohort_dimensions() -%}
    {{ return(customer_dimensions() + subscription_dimensions()) }}
{%- endmacro %}

{#- The company, and each of the dimensions by itself, as dim_name and dim_value, in the select list.
    The dimensions hold no NULL, or has_dimension keeps NULLs out. -#}
{% macro single_cut(dimensions, rows=none) -%}
    {%- set prefix = rows ~ '.' if rows else '' -%}
    case
        {%- for dimension in dimensions %}
        when grouping({{ prefix }}{{ dimension }}) = 0 then '{{ dimension }}'
        {%- endfor %}
        else 'all'
    end as dim_name,
    case
        {%- for dimension in dimensions %}
        when grouping({{ prefix }}{{ dimension }}) = 0 then {{ prefix }}{{ dimension }}
        {%- endfor %}
        else 'all'
    end as dim_value
{%- endmacro %}

{#- The group by that goes with it; `keys` are the columns that every group has. -#}
{% macro by_single_cut(keys, dimensions, rows=none, has_total=true) -%}
    {%- set prefix = rows ~ '.' if rows else '' -%}
    {%- set groups = [keys] if has_total else [] -%}
    {%- for dimension in dimensions -%}
        {%- do groups.append(keys + [dimension]) -%}
    {%- endfor -%}
    group by
        grouping sets (
            {%- for columns in groups %}
            ({% for column in columns %}{{ prefix }}{{ column }}{{ ', ' if not loop.last }}{% endfor %})
            {{- ',' if not loop.last }}
            {%- endfor %}
        )
{%- endmacro %}

{#- The having that leaves out who has none of a dimension: without a plan, under no plan. -#}
{% macro has_dimension(dimensions, rows) -%}
    {%- for dimension in dimensions %}
        {{ 'and ' if not loop.first -}}
        (grouping({{ rows }}.{{ dimension }}) = 1 or {{ rows }}.{{ dimension }} is not null)
    {%- endfor %}
{%- endmacro %}

{#- The value of one dimension of a subscription, by its name. -#}
{% macro subscription_dimension(rows, dim_name) -%}
    case {{ dim_name }}
        {%- for dimension in subscription_dimensions() %}
        when '{{ dimension }}' then {{ rows }}.{{ dimension }}
        {%- endfor %}
    end
{%- endmacro %}

{#- Whether the customer of the row has one service, plan or branch all its life. -#}
{% macro has_one_of_dimension(rows, dim_name) -%}
    case {{ dim_name }}
        {%- for dimension in subscription_dimensions() %}
        when '{{ dimension }}' then {{ rows }}.has_one_{{ dimension }}
        {%- endfor %}
    end
{%- endmacro %}
