{#- How DuckDB takes a model in: one statement inside one transaction puts the new relation in the place
    of the old one, which a killed run leaves as it was. dbt-duckdb's own way makes it beside, renames
    twice and drops; that costs more than all else that dbt does with a small model. Other engines use
    their adapter's. What this project does not configure (indexes, grants, comments) is not looked at. -#}

{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- do _make_room(target_relation) -%}
    {%- if model['language'] == 'python' %}
        {#- A Python model writes by a cursor of its own. -#}
        {%- set filled_relation = make_intermediate_relation(target_relation) -%}
        {%- call statement('main', language='python') -%}
            {{ create_table_as(False, filled_relation, compiled_code, 'python') }}
        {%- endcall -%}
        {%- call statement('replace') -%}
            drop table if exists {{ target_relation }};
            alter table {{ filled_relation }} rename to {{ target_relation.identifier }};
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main') -%}
            {{ _replace_table(target_relation, compiled_code) }}
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- do _make_room(target_relation) -%}
    {%- call statement('main') -%}
        {%- if config.get('contract').enforced -%}
            {{ get_assert_columns_equivalent(compiled_code) }}
        {%- endif %}
        create or replace view {{ target_relation }} as (
            {{ compiled_code }}
        );
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- Rows are added to a table that is there; the rows that they replace are gone by then, through the
    model's hook (macros/changed_keys.sql). -#}
{% materialization incremental, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- if config.get('incremental_strategy') != 'append' -%}
        {%- do exceptions.raise_compiler_error(
            'the incremental models of this project append; a key is replaced by delete_changed'
        ) -%}
    {%- endif -%}
    {%- set is_added_to = is_incremental() -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- do _make_room(target_relation) -%}
    {%- call statement('main') -%}
        {%- if is_added_to %}
            insert into {{ target_relation }} by name (
                {{ compiled_code }}
            );
        {%- else -%}
            {{ _replace_table(target_relation, compiled_code) }}
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- A relation of the same name, but of another kind, cannot be replaced. -#}
{% macro _make_room(target_relation) -%}
    {%- set existing_relation = load_cached_relation(target_relation) -%}
    {%- if existing_relation is not none and existing_relation.type != target_relation.type -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
{%- endmacro %}

{#- With a contract the columns are those of the contract, in its order and with its constraints.
    `plain_columns` are ids that every row or nearly has another of: looking for what they share costs
    DuckDB more than all other columns of a row together, and saves seven bytes of each. -#}
{% macro _replace_table(target_relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
        create or replace table {{ target_relation }}
        {{ get_table_columns_and_constraints() }};
        insert into {{ target_relation }} {{ get_column_names() }} (
            {{ get_select_subquery(sql) }}
        );
    {%- elif config.get('meta', {}).get('plain_columns') -%}
        create or replace table {{ target_relation }} (
            {%- for column in run_query('describe (' ~ sql ~ '\n)').rows %}
            "{{ column['column_name'] }}" {{ column['column_type'] }}
            {{- ' using compression uncompressed'
                if column['column_name'] in config.get('meta').plain_columns }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        );
        insert into {{ target_relation }} (
            {{ sql }}
        );
    {%- else -%}
        create or replace table {{ target_relation }} as (
            {{ sql }}
        );
    {%- endif -%}
{%- endmacro %}
