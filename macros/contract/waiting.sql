{#- Increments: which rows are looked at again besides the new ones. Everything here happens inside
    the transaction of the model that it is a hook of, and may be done twice.

    meta.rechecked_row holds the positions that this run's quarantine model checked again. It
    outlives the model because canonical has to know them too, and because a killed run's rows must
    still be found by the next one: a position counts as long as the load that caused it is pending. -#}

{#- The loads no completed build contains, as numbers: a filter that DuckDB can push into the scan of
    raw, whatever else the query joins. -#}
{% macro pending_loads() -%}
    {%- set loads = run_query(
        'select load_id from ' ~ source('meta', 'pending_load') ~ ' order by load_id'
    ) -%}
    {{ return(loads.columns[0].values() | list) }}
{%- endmacro %}

{% macro is_pending(load_id) -%}
    {%- set loads = pending_loads() if execute else [] -%}
    {%- if loads -%}
        {{ load_id }} in ({{ loads | join(', ') }})
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{% macro newest_pending_load() -%}
    {%- set loads = pending_loads() if execute else [] -%}
    {{ 'cast(' ~ (loads[-1] if loads else 'null') ~ ' as bigint)' }}
{%- endmacro %}

{#- Positions of the entity that were checked again since the last completed build. -#}
{% macro rechecked_positions(entity) -%}
    select
        rechecked_row.load_id,
        rechecked_row.row_no,
        rechecked_row.was_valid
    from {{ source('meta', 'rechecked_row') }} as rechecked_row
    where rechecked_row.entity = '{{ entity }}' and {{ is_pending('rechecked_row.changed_load_id') }}
{%- endmacro %}

{% macro forget_rechecked_rows(entity) -%}
    delete from {{ source('meta', 'rechecked_row') }}
    where entity = '{{ entity }}'
        {%- if is_incremental() %} and not {{ is_pending('changed_load_id') }}{% endif %}
{%- endmacro %}

{#- Rows in quarantine that wait for another row. -#}
{% macro recheck_waiting_rows(entity) -%}
    {%- if is_incremental() -%}
        insert into {{ source('meta', 'rechecked_row') }} (entity, load_id, row_no, changed_load_id, was_valid)
        select
            '{{ entity }}' as entity,
            waiting.load_id,
            waiting.row_no,
            {{ newest_pending_load() }} as changed_load_id,
            false as was_valid
        from {{ this }} as waiting
        where
            {{ newest_pending_load() }} is not null
            and waiting.is_waiting
            and not {{ is_pending('waiting.load_id') }}
            and not exists (
                select 1
                from ({{ rechecked_positions(entity) }}) as known
                where known.load_id = waiting.load_id and known.row_no = waiting.row_no
            )
    {%- endif -%}
{%- endmacro %}

{#- Rows whose currency is not their invoice's, where the invoice changed: the rate they need may be
    another one now. (A row in the currency of its invoice is as good as the invoice.) -#}
{% macro recheck_rows_of_changed_invoices(entity, staged) -%}
    {%- if is_incremental() and delivered_relations([staged]) -%}
        insert into {{ source('meta', 'rechecked_row') }} (entity, load_id, row_no, changed_load_id, was_valid)
        select
            '{{ entity }}' as entity,
            staged.load_id,
            staged.row_no,
            {{ newest_pending_load() }} as changed_load_id,
            not exists (
                select 1
                from {{ this }} as quarantined
                where quarantined.load_id = staged.load_id and quarantined.row_no = staged.row_no
            ) as was_valid
        from {{ staged }} as staged
        inner join {{ ref('invoices') }} as invoices on staged.invoice_id = invoices.invoice_id
        where
            {{ is_pending('invoices.changed_load_id') }}
            and staged.currency not in ('EUR', invoices.currency)
            and not {{ is_pending('staged.load_id') }}
            and not exists (
                select 1
                from ({{ rechecked_positions(entity) }}) as known
                where known.load_id = staged.load_id and known.row_no = staged.row_no
            )
    {%- endif -%}
{%- endmacro %}

{% macro delete_rechecked_rows(entity) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            {{ is_pending('load_id') }}
            or (load_id, row_no) in (
                select (known.load_id, known.row_no)
                from ({{ rechecked_positions(entity) }}) as known
            )
    {%- endif -%}
{%- endmacro %}
