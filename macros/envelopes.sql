{#- From envelopes to rows of entities (docs/decisions/sources.md). A model `unfolded_<source>__<entity>`
    adds what the pending loads brought; a full build unfolds everything. -#}

{#- For the head of such a model; without an entity, of a working table that others unfold. -#}
{% macro unfolding(entity=none, source_name=none) -%}
    {%- set after = [] -%}
    {%- if entity -%}
        {%- do after.append("{{ forget_unfolded_count('" ~ entity ~ "', '" ~ source_name ~ "') }}") -%}
        {%- do after.append("{{ count_unfolded('" ~ entity ~ "', '" ~ source_name ~ "') }}") -%}
    {%- endif -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ forget_pending_unfolded() }}",
        post_hook=after,
    ) }}
{%- endmacro %}

{#- A killed run's rows are unfolded again. -#}
{% macro forget_pending_unfolded() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ is_pending('load_id') }}
    {%- endif -%}
{%- endmacro %}

{% macro forget_unfolded_count(entity, source_name) -%}
    {%- if execute -%}
        delete from {{ source('meta', 'unfolded_load') }}
        where
            source = '{{ source_name }}'
            and entity = '{{ entity }}'
            and {{ is_pending('load_id') if is_incremental() else 'true' }}
    {%- endif -%}
{%- endmacro %}

{% macro count_unfolded(entity, source_name) -%}
    {%- if execute -%}
        insert into {{ source('meta', 'unfolded_load') }} (load_id, source, entity, rows_n)
        select
            load_id,
            '{{ source_name }}' as source,
            '{{ entity }}' as entity,
            count(*) as rows_n
        from {{ this }}
        where {{ is_pending('load_id') if is_incremental() else 'true' }}
        group by load_id
    {%- endif -%}
{%- endmacro %}

{#- Rows of the loads that this build unfolds. -#}
{% macro is_unfolded_now(load_id) -%}
    {%- if execute and not flags.FULL_REFRESH and load_cached_relation(this) is not none -%}
        {{ is_pending(load_id) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Every object of a stream as it is now, under the position of its newest version: what a deleted
    one said before it was, and of one that was never seen otherwise what it said then, where that
    `is_kept`. `ids` limits them to a subquery of ids. -#}
{% macro objects(stream, ids=none, is_kept=false) -%}
(
    select
        object.id,
        newest.load_id,
        newest.row_no,
        newest.extracted_at,
        newest.is_deleted,
        {%- if is_kept %}
        newest.payload as latest_payload,
        coalesce(live.payload, newest.payload) as payload
        {%- else %}
        live.payload
        {%- endif %}
    from (
        select
            version.id,
            max(version.load_id) as load_id,
            max(case when not version.is_deleted then version.load_id end) as live_load_id
        from {{ stream }} as version
        {%- if ids %}
        where version.id in ({{ ids }})
        {%- endif %}
        group by version.id
    ) as object
    inner join {{ stream }} as newest
        on object.id = newest.id and object.load_id = newest.load_id
    {{ 'left' if is_kept else 'inner' }} join {{ stream }} as live
        on object.id = live.id and object.live_load_id = live.load_id
)
{%- endmacro %}

{#- Of these, the ones with a version that this build unfolds. -#}
{% macro touched_objects(stream) -%}
    {{ objects(stream, touched_ids(stream)) }}
{%- endmacro %}

{% macro touched_ids(stream) -%}
    select touched.id from {{ stream }} as touched where {{ is_unfolded_now('touched.load_id') }}
{%- endmacro %}

{#- The position of a row: that of its envelope, and its place in it. -#}
{% macro unfolded_position(envelope, file, place=1) -%}
    {{ envelope }}.load_id,
    {{ envelope }}.row_no * 1000000 + {{ place }} as row_no,
    '{{ file }}' as file,
    {{ envelope }}.extracted_at as loaded_at
{%- endmacro %}
