{#- One row per key: the version that counts among the valid ones, the one with the latest
    updated_at, else the latest load, else the last row of the file. A newer version in quarantine
    leaves the last good one in place. `versions_n` counts the valid versions.

    Most keys have one version: repeated keys are found by a group by, and only theirs are ordered.
    A customer of several sources is named by one id (macros/identity.sql).
    In an increment the version in place stands for all that it has beaten (macros below).
    `sources` names the staging models of `staged`. -#}
{% macro current_rows(entity, staged, quarantine, sources=['files']) -%}
    {%- set identity = ref('customer_identity') -%}
    {%- set staged_refs = [] -%}
    {%- for source_name in sources -%}
        {%- do staged_refs.append("ref('stg_" ~ source_name ~ '__' ~ entity ~ "')") -%}
    {%- endfor %}
    {{ config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook=[
            "{{ find_touched_keys('" ~ entity ~ "', [" ~ staged_refs | join(', ') ~ "], ref('quarantine_" ~ entity ~ "'), ref('customer_identity')) }}",
            "{{ set_touched_rows_aside('" ~ entity ~ "') }}",
            "{{ delete_touched_rows('" ~ entity ~ "') }}",
        ],
    ) }}
    {%- if execute -%}
        {%- if is_incremental() -%}
            {{ _current_rows_of_touched_keys(entity, staged, quarantine, identity) }}
        {%- else -%}
            {{ _current_rows_of_all_keys(entity, staged, quarantine, identity) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro _current_rows_of_all_keys(entity, staged, quarantine, identity) -%}
    {%- set key = contract_of(entity).key -%}
    {%- set columns = canonical_column_names(entity) + ['source', 'load_id', 'row_no'] -%}
with repeated_key as (
    select
        {{ select_list(key, 'valid') }},
        count(*) as versions_n
    from {{ _valid_rows(staged, quarantine) | indent(4) }} as valid
    group by {{ select_list(key, 'valid') }}
    having count(*) > 1
),

winner as (
    select
        {{ select_list(key, 'valid') }},
        valid.load_id,
        valid.row_no,
        repeated_key.versions_n
    from {{ _valid_rows(staged, quarantine) | indent(4) }} as valid
    inner join repeated_key on {{ same_key(entity, 'valid', 'repeated_key') }}
    qualify row_number() over (
        partition by {{ select_list(key, 'valid') }} order by {{ _version_order(entity, 'valid') }}
    ) = 1
),

final as (
    select
        {{ resolved_list(entity, columns, 'valid', identity) }},
        valid.load_id as changed_load_id,
        coalesce(winner.versions_n, 1) as versions_n
    from {{ _valid_rows(staged, quarantine) | indent(4) }} as valid
    left join winner on {{ same_key(entity, 'valid', 'winner') }}
    {{- join_parties(entity, 'valid', identity) }}
    where
        winner.versions_n is null
        or (valid.load_id = winner.load_id and valid.row_no = winner.row_no)
)

select *
from final
{%- endmacro %}

{% macro _current_rows_of_touched_keys(entity, staged, quarantine, identity) -%}
    {%- set key = contract_of(entity).key -%}
    {%- set columns = canonical_column_names(entity) + ['source', 'load_id', 'row_no'] -%}
with candidate as (
    select
        {{ select_list(columns, 'kept') }},
        kept.versions_n
    from kept_{{ entity }} as kept
    union all
    select
        {{ select_list(columns, 'valid') }},
        1 as versions_n
    from {{ _new_valid_rows(entity, staged, quarantine) | indent(4) }} as valid
    inner join touched_{{ entity }} as touched on {{ same_key(entity, 'valid', 'touched') }}
    where not touched.needs_history
    union all
    select
        {{ select_list(columns, 'valid') }},
        1 as versions_n
    from {{ _valid_rows(staged, quarantine) | indent(4) }} as valid
    inner join touched_{{ entity }} as touched on {{ same_key(entity, 'valid', 'touched') }}
    where touched.needs_history
),

final as (
    select
        {{ resolved_list(entity, columns, 'candidate', identity) }},
        {{ newest_pending_load() }} as changed_load_id,
        cast(sum(candidate.versions_n) over (partition by {{ select_list(key, 'candidate') }}) as bigint)
            as versions_n
    from candidate
    {{- join_parties(entity, 'candidate', identity) }}
    qualify row_number() over (
        partition by {{ select_list(key, 'candidate') }}
        order by {{ _version_order(entity, 'candidate') }}
    ) = 1
)

select *
from final
{%- endmacro %}

{#- Best first. -#}
{% macro _version_order(entity, alias) -%}
    {%- if 'updated_at' in canonical_column_names(entity) -%}
        {{ alias }}.updated_at desc nulls last, {% endif -%}
    {{ alias }}.load_id desc, {{ alias }}.row_no desc
{%- endmacro %}

{#- Staged rows that are not in quarantine. No CTE, which DuckDB would store: every reader takes the
    few columns it needs. -#}
{% macro _valid_rows(staged, quarantine) -%}
(
    {%- for relation in delivered_relations(staged) %}
    select staged.*
    from {{ relation }} as staged
    where not exists (
        select 1
        from {{ quarantine }} as quarantined
        where quarantined.load_id = staged.load_id and quarantined.row_no = staged.row_no
    )
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}

{#- Those that the previous build did not count: newly loaded, or out of quarantine since. -#}
{% macro _new_valid_rows(entity, staged, quarantine) -%}
(
    select fresh.*
    from {{ _valid_rows(staged, quarantine) | indent(4) }} as fresh
    where {{ is_pending('fresh.load_id') }}
    union all
    select released.*
    from {{ _valid_rows(staged, quarantine) | indent(4) }} as released
    inner join ({{ rechecked_positions(entity) | indent(8) }}) as known
        on released.load_id = known.load_id and released.row_no = known.row_no
    where not known.was_valid
)
{%- endmacro %}

{#- The keys whose current version may change. A key needs its history, every valid version ever
    delivered, when counting on from its current row would be wrong: a killed run has counted its
    pending rows already, or one of its versions was valid and is no more. -#}
{% macro find_touched_keys(entity, staged, quarantine, identity) -%}
    {%- if execute and is_incremental() -%}
        {%- set key = contract_of(entity).key -%}
        create or replace temp table touched_{{ entity }} as
        select
            {{ select_list(key) }},
            bool_or(needs_history) as needs_history
        from (
            select
                {{ select_list(key, 'fresh') }},
                false as needs_history
            from {{ _new_valid_rows(entity, staged, quarantine) | indent(12) }} as fresh
            union all
            select
                {{ select_list(key, 'present') }},
                true as needs_history
            from {{ this }} as present
            where {{ is_pending('present.changed_load_id') }}
            {%- for relation in delivered_relations(staged) %}
            union all
            select
                {{ select_list(key, 'former') }},
                true as needs_history
            from {{ relation }} as former
            inner join ({{ rechecked_positions(entity) | indent(16) }}) as known
                on former.load_id = known.load_id and former.row_no = known.row_no
            inner join {{ quarantine }} as quarantined
                on former.load_id = quarantined.load_id and former.row_no = quarantined.row_no
            where known.was_valid
            {%- endfor %}
            {%- set moved = moved_customers(identity) %}
            {%- set names = ['customer_id'] if entity == 'customers' else _customer_columns(entity) %}
            {%- for relation in delivered_relations(staged) if moved %}
            {%- for name in names %}
            union all
            select
                {{ select_list(key, 'mover') }},
                true as needs_history
            from {{ relation }} as mover
            where mover.{{ name }} in ({{ moved }})
            {%- endfor %}
            {%- endfor %}
        )
        group by {{ select_list(key) }}
    {%- endif -%}
{%- endmacro %}

{#- The touched keys' present versions, before they are deleted: what the new ones must beat. -#}
{% macro set_touched_rows_aside(entity) -%}
    {%- if execute and is_incremental() -%}
        create or replace temp table kept_{{ entity }} as
        select present.*
        from {{ this }} as present
        inner join touched_{{ entity }} as touched on {{ same_key(entity, 'present', 'touched') }}
        where not touched.needs_history
    {%- endif -%}
{%- endmacro %}

{% macro delete_touched_rows(entity) -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }} as present
        using touched_{{ entity }} as touched
        where {{ same_key(entity, 'present', 'touched') }}
    {%- endif -%}
{%- endmacro %}
