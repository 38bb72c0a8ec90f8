{#- One row per delivered row that breaks a rule: its own contract's (staging says which), a required
    reference, or the need for a euro rate; and per line that could not be parsed.

    staged        relations of the entity's staging views, one per source
    sources       the names of these sources
    rates         ref('fx_rates'), where amounts of the entity need a euro rate
    rate_day      SQL: the last day whose rate will do
    broken_rules  SQL of further reasons that another entity's rows decide
    <column>      the relation a reference points to: joined as <column>_parent, and checked where
                  the contract requires the column and the same source delivered any parent

    In an increment only new rows are read, and those in quarantine that waited for another row. -#}
{% macro quarantined_rows(entity, staged, rates=none, rate_day=none, broken_rules=[], sources=['files']) -%}
    {%- set may_wait = kwargs or rates or broken_rules -%}
    {%- set hooks = ["{{ forget_rechecked_rows('" ~ entity ~ "') }}"] -%}
    {%- if may_wait -%}
        {%- do hooks.append("{{ recheck_waiting_rows('" ~ entity ~ "') }}") -%}
    {%- endif -%}
    {%- if 'invoice_id_parent' in (rate_day or '') -%}
        {%- for source_name in sources -%}
            {%- do hooks.append(
                "{{ recheck_rows_of_changed_invoices('" ~ entity ~ "', ref('stg_" ~ source_name ~ "__" ~ entity ~ "')) }}"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do hooks.append("{{ delete_rechecked_rows('" ~ entity ~ "') }}") -%}
    {{ config(materialized='incremental', incremental_strategy='append', pre_hook=hooks) }}
    {%- set unparsed = source('raw_files', 'unparsed_line') -%}
    {%- set deliveries = source('meta', 'delivery') -%}
    {%- set released = source('meta', 'released_row') -%}
    {%- set currencies = ref('currency') -%}
    {%- if execute %}
with staged as (
    {%- for relation in delivered_relations(staged) %}
    {%- if is_incremental() %}
    select *
    from {{ relation }}
    where {{ is_pending('load_id') }}
    {%- if may_wait %}
    union all
    select new_look.*
    from {{ relation }} as new_look
    inner join ({{ rechecked_positions(entity) | indent(8) }}) as known
        on new_look.load_id = known.load_id and new_look.row_no = known.row_no
    {%- endif %}
    {%- else %}
    select *
    from {{ relation }}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

delivered_entity as (
    select distinct
        deliveries.source,
        deliveries.entity
    from {{ deliveries }} as deliveries
    where deliveries.rows_n > 0
),
        {%- if rates %}

first_rate as (
    select
        rates.currency,
        min(rates.rate_date) as rate_date
    from {{ rates }} as rates
    group by rates.currency
),
        {%- endif %}

checked as (
    select
        staged.source,
        staged.load_id,
        staged.row_no,
        staged.file,
        staged.loaded_at,
        staged.delivered,
        staged.reasons as own_reasons,
        nullif(
            concat_ws(
                '; '
                {%- for column in contract_columns(entity) if column.name in kwargs and column.rules.get('required') %},
                {{ _missing_parent(column) | indent(16) }}
                {%- endfor %}
                {%- if rates %},
                {{ _missing_rate(rate_day, currencies) | indent(16) }}
                {%- endif %}
                {%- for rule in broken_rules %},
                {{ rule | indent(16) }}
                {%- endfor %},
                null
            ),
            ''
        ) as waiting_reasons
    from staged
    {%- for column in contract_columns(entity) if column.name in kwargs %}
        {%- set parent_column = column.rules.references.split('.')[1] %}
    left join {{ _parent_rows(kwargs[column.name], column) }} as {{ column.name }}_parent
        on staged.{{ column.name }} = {{ column.name }}_parent.{{ parent_column }}
    {%- endfor %}
    {%- if rates %}
    left join first_rate on staged.currency = first_rate.currency
    {%- endif %}
),

broken as (
    select
        checked.source,
        '{{ entity }}' as entity,
        checked.load_id,
        checked.row_no,
        checked.file,
        concat_ws('; ', checked.own_reasons, checked.waiting_reasons) as reasons,
        checked.loaded_at as first_seen_at,
        cast(to_json(checked.delivered) as varchar) as payload,
        checked.waiting_reasons is not null as is_waiting
    from checked
    where
        (checked.own_reasons is not null or checked.waiting_reasons is not null)
        -- A person let it in as it is.
        and not exists (
            select 1
            from {{ released }} as released_row
            where
                released_row.entity = '{{ entity }}'
                and released_row.load_id = checked.load_id
                and released_row.row_no = checked.row_no
        )
),

unparsed as (
    select
        'files' as source,
        unparsed_line.entity,
        unparsed_line.load_id,
        unparsed_line.row_no,
        unparsed_line.file,
        'line: ' || unparsed_line.error as reasons,
        unparsed_line.loaded_at as first_seen_at,
        {%- if contract_columns(entity) | selectattr('rules.personal', 'defined') | list %}
        cast(to_json(struct_pack(line := '***')) as varchar) as payload,
        {%- else %}
        cast(to_json(struct_pack(line := unparsed_line.line)) as varchar) as payload,
        {%- endif %}
        false as is_waiting
    from {{ unparsed }} as unparsed_line
    where
        unparsed_line.entity = '{{ entity }}'
        {%- if is_incremental() %}
        and {{ is_pending('unparsed_line.load_id') }}
        {%- endif %}
),

final as (
    select *
    from broken
    union all
    select *
    from unparsed
)

select *
from final
    {%- endif -%}
{%- endmacro %}

{#- A parent by its own key is one row; by a part of its key it may be many. -#}
{% macro _parent_rows(relation, column) -%}
    {%- set parent, parent_column = column.rules.references.split('.') -%}
    {%- if contract_of(parent).key | list == [parent_column] -%}
        {{ relation }}
    {%- else -%}
        (select distinct {{ parent_column }} from {{ relation }})
    {%- endif -%}
{%- endmacro %}

{% macro _missing_parent(column) -%}
    {%- set parent, parent_column = column.rules.references.split('.') -%}
case
    when
        staged.{{ column.name }} is not null
        and {{ column.name }}_parent.{{ parent_column }} is null
        and staged.source in (
            select delivered_entity.source
            from delivered_entity
            where delivered_entity.entity = '{{ parent }}'
        )
        then '{{ column.name }}: no row "' || staged.{{ column.name }} || '" in {{ parent }}'
end
{%- endmacro %}

{% macro _missing_rate(rate_day, currencies) -%}
case
    when
        staged.currency <> 'EUR'
        and staged.currency in (select currencies.currency from {{ currencies }} as currencies)
        and coalesce({{ rate_day }} < first_rate.rate_date, first_rate.rate_date is null)
        then
            'currency: no rate for ' || staged.currency
            || coalesce(' on or before ' || cast({{ rate_day }} as varchar), '')
end
{%- endmacro %}

{#- CONTRACT.md: canceled without ended_at ends at updated_at, else is quarantined; but with states,
    those decide. Staged states, as canonical ones need their subscription first. -#}
{% macro canceled_without_end(states) -%}
    {%- if execute -%}
case
    when
        staged.status = 'canceled'
        and staged.ended_at is null
        and staged.updated_at is null
        {%- if load_relation(states) is not none %}
        and not exists (
            select 1
            from {{ states }} as states
            where states.subscription_id = staged.subscription_id and states.reasons is null
        )
        {%- endif %}
        then 'ended_at: canceled, but neither ended_at, updated_at nor subscription_states say when'
end
    {%- endif -%}
{%- endmacro %}
