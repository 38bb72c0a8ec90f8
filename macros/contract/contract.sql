{#- The contract as the macros read it: models/canonical/<entity>.yml, at execution time only.
    While dbt parses, the graph is not there yet and these return nothing. -#}

{#- The entity's columns in order, each with name, data_type and rules (meta of the YAML). -#}
{% macro contract_columns(entity) -%}
    {%- set columns = [] -%}
    {%- for column in _contract_node(entity).columns.values() -%}
        {%- do columns.append({
            'name': column.name,
            'data_type': column.data_type,
            'rules': (column.get('config') or {}).get('meta') or column.get('meta') or {},
        }) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{#- Columns that reach canonical, under the names they have there: free text stays in staging. -#}
{% macro canonical_column_names(entity) -%}
    {%- set names = [] -%}
    {%- for column in contract_columns(entity) if column.rules.get('personal') != 'drop' -%}
        {%- do names.append(column.rules.get('canonical_name', column.name)) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- The entity's key, and under `rules` the conditions that no row of it may meet. -#}
{% macro contract_of(entity) -%}
    {{ return(_contract_node(entity).config.meta.contract) }}
{%- endmacro %}

{% macro _contract_node(entity) -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ entity]) }}
{%- endmacro %}

{% macro required_column_names(entity) -%}
    {%- set names = [] -%}
    {%- for column in contract_columns(entity) if column.rules.get('required') -%}
        {%- do names.append(column.name) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- Join condition on the entity's key. A key part that may be NULL equals another NULL. -#}
{% macro same_key(entity, one, other) -%}
    {%- set required = required_column_names(entity) -%}
    {%- for column in contract_of(entity).key -%}
        {{ ' and ' if not loop.first }}
        {{- one }}.{{ column }} {{ '=' if column in required else 'is not distinct from' }} {{ other }}.{{ column }}
    {%- endfor -%}
{%- endmacro %}

{#- Of staging models, those of sources that have delivered: the others are never built. -#}
{% macro delivered_relations(staged) -%}
    {%- set present = [] -%}
    {%- for relation in staged if load_cached_relation(relation) is not none -%}
        {%- do present.append(relation) -%}
    {%- endfor -%}
    {{ return(present) }}
{%- endmacro %}

{#- Names with an optional alias in front, for a select list. -#}
{% macro select_list(names, alias=none) -%}
    {%- for name in names -%}
        {{ alias ~ '.' if alias }}{{ adapter.quote(name) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
