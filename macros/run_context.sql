{#- The run that is working: one row of meta.run_context, written before dbt starts. -#}

{% macro as_of() -%}
    (select run_context.as_of from {{ source('meta', 'run_context') }} as run_context)
{%- endmacro %}

{#- Whether it had happened at as_of; what has no time has not. Of the bare comparison with a subquery
    DuckDB makes a join of which it expects a few dozen rows, and then keeps the millions that come out
    of it in memory to look up a few thousand. -#}
{% macro is_past(happened_at) -%}
    coalesce({{ happened_at }} <= {{ as_of() }}, false)
{%- endmacro %}

{% macro run_id() -%}
    (select run_context.run_id from {{ source('meta', 'run_context') }} as run_context)
{%- endmacro %}

{#- Rows that became readable since the previous build: newly loaded, or hidden until as_of passed. -#}
{% macro is_new_input(load_id, happened_at=none) -%}
    (
        {{ load_id }} in (select load_id from {{ source('meta', 'pending_load') }})
        {%- if happened_at %}
            or {{ happened_at }} > {{ previous_as_of() }}
        {%- endif %}
    )
{%- endmacro %}

{#- Whether a local day had begun at as_of. One comparison of days; a day's midnight as an instant
    costs a look at the time zone for each row. -#}
{% macro has_begun(day) -%}
    {{ day }} <= (
        select {{ local_date('run.as_of') }} from (select {{ as_of() }} as as_of) as run
    )
{%- endmacro %}
