{#- One row per key and version of a historised entity: the attributes and when they held.
    METRICS R15: the first known version holds from the beginning of time (valid_from NULL), a later
    one from its updated_at, else from its load. Versions stand in the order in which the current one
    is chosen, so the last is the current one; of several that begin at once the last counts. -#}
{% macro version_rows(entity, staged, quarantine, current) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed_versions('" ~ entity ~ "') }}",
    ) }}
    {%- if execute -%}
        {%- set key = contract_of(entity).key -%}
        {%- set columns = canonical_column_names(entity) + ['source', 'load_id', 'row_no'] -%}
        {%- set order = 'updated_at asc nulls first, load_id asc, row_no asc' %}
with valid as (
    select
        {{ select_list(columns) }},
        coalesce(updated_at, loaded_at) as begins_at
    from {{ _valid_rows(staged, quarantine) | indent(4) }}
    {%- if is_incremental() %}
    where {{ key[0] }} in ({{ _changed_keys(entity, current) }})
    {%- endif %}
),

followed as (
    select
        *,
        min(begins_at) over (
            partition by {{ select_list(key) }} order by {{ order }}
            rows between 1 following and unbounded following
        ) as next_begins_at
    from valid
),

final as (
    select
        {{ select_list(columns, 'version') }},
        {{ current }}.changed_load_id,
        case
            when row_number() over (partition by {{ select_list(key, 'version') }} order by version.begins_at asc) > 1
                then version.begins_at
        end as valid_from,
        version.next_begins_at as valid_to
    from followed as version
    inner join {{ current }} on {{ same_key(entity, 'version', current) }}
    where version.next_begins_at is null or version.begins_at < version.next_begins_at
)

select *
from final
    {%- endif -%}
{%- endmacro %}

{% macro _changed_keys(entity, current) -%}
    select changed.{{ contract_of(entity).key[0] }}
    from {{ current }} as changed
    where {{ is_pending('changed.changed_load_id') }}
{%- endmacro %}

{% macro delete_changed_versions(entity) -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }} where {{ contract_of(entity).key[0] }} in ({{ _changed_keys(entity, ref(entity)) }})
    {%- endif -%}
{%- endmacro %}
