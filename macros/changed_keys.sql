{#- Core facts rebuild by changed key: the keys' rows are deleted and inserted again in one
    transaction, so that a key without rows any more leaves the fact and a killed run leaves the
    fact as it was. `changed` is the relation of a table of keys, e.g. ref('changed_customer').

    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}"
    )
    … where {{ is_changed('subscriptions.customer_id', ref('changed_customer')) }}
-#}
{% macro delete_changed(key, changed) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ key }} in (select changed.{{ key }} from {{ changed }} as changed)
    {%- endif -%}
{%- endmacro %}

{#- Every row in a full build, the changed keys' rows in an increment. -#}
{% macro is_changed(key, changed) -%}
    {%- if is_incremental() -%}
        {{ _is_among(key, changed) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- The same in a view, which is never incremental itself: it shows what the facts that read it are
    about to write. -#}
{% macro is_rebuilt(key, changed) -%}
    {%- if flags.FULL_REFRESH -%}
        true
    {%- else -%}
        {{ _is_among(key, changed) }}
    {%- endif -%}
{%- endmacro %}

{% macro _is_among(key, changed) -%}
    {{ key }} in (select changed.{{ key.split('.')[-1] }} from {{ changed }} as changed)
{%- endmacro %}

{#- What the previous build left of a model further down, to find whose rows a corrected key used to
    be. No ref: the edge would close a circle. Nothing is to be found before the first build. -#}
{% macro previously_built(model_name, columns) -%}
    {%- set relation = adapter.get_relation(target.database, 'core', model_name) if execute -%}
    {%- if relation and not flags.FULL_REFRESH -%}
        (select {{ columns | join(', ') }} from {{ relation }})
    {%- else -%}
        (
            select
                {%- for column in columns %}
                cast(null as varchar) as {{ column }},
                {%- endfor %}
            where false
        )
    {%- endif -%}
{%- endmacro %}

{#- Whose rows of a model further down were made from what came anew. -#}
{% macro former_owners(model_name, key, entity) -%}
    select built.customer_id
    from {{ previously_built(model_name, ['customer_id', key]) }} as built
    where
        built.{{ key }} in (
            select entity.{{ key }} from {{ entity }} as entity
            where {{ is_new_input('entity.changed_load_id') }}
        )
{%- endmacro %}

{#- False in a full build, in which everything is new and looking for what changed is in vain. -#}
{% macro is_increment() -%}
    {{ 'false' if flags.FULL_REFRESH else 'true' }}
{%- endmacro %}
