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
    model's hook (macros/changed_keys.sql). A model that groups more than fits into memory is made slice
    by slice (in_slice). -#}
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
    {%- set slices_n = _slices_n() -%}
    {%- for slice in range(slices_n) -%}
        {%- set sql = compiled_code
            | replace(_one_slice(), slices_n ~ ' = ' ~ slice) -%}
        {%- call statement('main') -%}
            {%- if is_added_to or slice > 0 %}
                insert into {{ target_relation }} by name (
                    {{ sql }}
                );
            {%- else -%}
                {{ _replace_table(target_relation, sql) }}
            {%- endif -%}
        {%- endcall -%}
    {%- endfor -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- True for the rows of the slice that is being made. Wherever nobody makes slices there is one. -#}
{% macro in_slice(key) -%}
    {{ short_hash([key]) }} % {{ _one_slice() }}
{%- endmacro %}

{% macro _one_slice() -%}
    /* slices */ 1 = 0
{%- endmacro %}

{#- As many as the rows of another model ask for: `slices` of a model's meta says which and how to count. -#}
{% macro _slices_n() -%}
    {%- set slices = config.get('meta', {}).get('slices') -%}
    {%- if not slices -%}
        {{ return(1) }}
    {%- endif -%}
    {%- set counted = this.incorporate(path={'identifier': slices.of}) -%}
    {%- set rows_n = run_query('select coalesce(sum(' ~ slices.rows ~ '), 0) from ' ~ counted).rows[0][0] -%}
    {{ return([1, (rows_n / var('rows_per_slice', 8000000)) | round(0, 'ceil') | int] | max) }}
{%- endmacro %}

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
