{#- The parts of what a customer has (METRICS 14, S): service, plan, branch. They belong to the
    subscription, and a customer may have several of each (R16). -#}

{#- dim_name and dim_value of a group; `rows` has the three columns, without NULLs. -#}
{% macro service_part(rows) -%}
    case
        when grouping({{ rows }}.service) = 0 then 'service'
        when grouping({{ rows }}.plan) = 0 then 'plan'
        else 'branch'
    end as dim_name,
    coalesce({{ rows }}.service, {{ rows }}.plan, {{ rows }}.branch) as dim_value
{%- endmacro %}

{% macro by_service_part(rows, keys) -%}
    {%- set prefix = rows ~ '.' -%}
    {%- set common = prefix ~ (keys | join(', ' ~ prefix)) -%}
    grouping sets (
        {%- for part in ['service', 'plan', 'branch'] %}
        ({{ common }}, {{ prefix }}{{ part }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- Customers of the rows for which the condition holds. -#}
{% macro sum_count(rows, condition) -%}
    cast(
        coalesce(sum(case when {{ rows }}.{{ condition }} then {{ rows }}.customers_n end), 0)
        as bigint
    )
{%- endmacro %}

{#- What the balance of a month did (METRICS 5.2). -#}
{% macro movement(opening, closing, is_first) -%}
    case
        when {{ opening }} > 0 and {{ closing }} = 0 then 'churn'
        when {{ opening }} > {{ closing }} then 'contraction'
        when {{ opening }} > 0 and {{ closing }} > {{ opening }} then 'expansion'
        when {{ opening }} > 0 then 'none'
        when {{ is_first }} then 'new'
        else 'reactivation'
    end
{%- endmacro %}
