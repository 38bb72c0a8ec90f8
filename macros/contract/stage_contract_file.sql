{#- One row per delivered row: typed by the contract, with its position, the reasons why the row
    breaks its own contract (NULL when it does not), and what was delivered with personal values
    masked. A view, so that only the rows somebody asks for are read and cast. -#}
{% macro stage_contract_file(entity, relation, source_name='files') -%}
    {%- set currencies = ref('currency') -%}
    {%- if execute -%}
        {%- set raw_types = {} -%}
        {%- for raw_column in adapter.get_columns_in_relation(relation) -%}
            {%- do raw_types.update({raw_column.name: raw_column.dtype | upper}) -%}
        {%- endfor -%}
        {%- set columns = contract_columns(entity) -%}
        {#- What was unfolded is a table, and holds no address: it was hashed there. -#}
        {%- for column in columns if source_name != 'files' and column.rules.get('personal') == 'hash' -%}
            {%- do column.update({'rules': dict(column.rules, is_hashed=true)}) -%}
        {%- endfor %}
with delivered as (
    select *
    from {{ relation }}
),

typed as (
    select
        {%- for column in columns %}
        {{ read_value('delivered.' ~ adapter.quote(column.name), raw_types.get(column.name, 'VARCHAR'), column) | indent(8) }} as {{ adapter.quote(column.name) }},
        nullif(trim({{ delivered_text('delivered.' ~ adapter.quote(column.name), raw_types.get(column.name, 'VARCHAR')) | indent(8) }}), '') as delivered_{{ column.name }},
        {%- endfor %}
        delivered.load_id,
        delivered.row_no,
        delivered.file,
        delivered.loaded_at
    from delivered
),

final as (
    select
        {%- for column in columns %}
        typed.{{ adapter.quote(column.name) }} as {{ adapter.quote(column.rules.get('canonical_name', column.name)) }},
        {%- endfor %}
        '{{ source_name }}' as source,
        typed.load_id,
        typed.row_no,
        typed.file,
        typed.loaded_at,
        nullif(
            concat_ws(
                '; '
                {%- for column in columns %}
                    {%- set reason = _own_reason(column, raw_types.get(column.name, 'VARCHAR'), currencies) | trim -%}
                    {%- if reason %},
                {{ reason | indent(16) }}
                    {%- endif -%}
                {%- endfor %}
                {%- for rule in contract_of(entity).get('rules', []) %},
                case when {{ rule.broken_when }} then '{{ rule.reason }}' end
                {%- endfor %}
            ),
            ''
        ) as reasons,
        struct_pack(
            {%- for column in columns %}
            {{ adapter.quote(column.name) }} := {{ _masked('typed.delivered_' ~ column.name) if column.rules.get('personal') else 'typed.delivered_' ~ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as delivered
    from typed
)

select *
from final
    {%- endif -%}
{%- endmacro %}

{% macro _masked(value) -%}
    case when {{ value }} is not null then '***' end
{%- endmacro %}

{#- What is wrong with a column on its own, or nothing when it can never be wrong. -#}
{% macro _own_reason(column, raw_type, currencies) -%}
    {%- set name = column.name -%}
    {%- set rules = column.rules -%}
    {%- set value = 'typed.' ~ adapter.quote(name) -%}
    {%- set delivered = 'typed.delivered_' ~ name -%}
    {%- set shown -%}
        {%- if rules.get('personal') -%} '{{ name }}: the value'
        {%- else -%} '{{ name }}: "' || left({{ delivered }}, 80) || '"'
        {%- endif -%}
    {%- endset -%}
    {%- set branches = [] -%}
    {%- if rules.get('required') -%}
        {%- do branches.append("when " ~ delivered ~ " is null then '" ~ name ~ ": required, but missing'") -%}
    {%- endif -%}
    {%- set misread = _misread(column) -%}
    {%- if misread -%}
        {%- do branches.append("when " ~ delivered ~ " is not null and " ~ value ~ " is null then " ~ shown ~ " || ' " ~ misread ~ "'") -%}
    {%- endif -%}
    {%- if rules.get('values') -%}
        {%- do branches.append("when " ~ value ~ " not in ('" ~ rules['values'] | join("', '") ~ "') then " ~ shown ~ " || ' is none of " ~ rules['values'] | join(', ') ~ "'") -%}
    {%- endif -%}
    {%- if rules.get('is_currency') -%}
        {%- do branches.append("when " ~ value ~ " not in (select currency from " ~ currencies ~ ") then " ~ shown ~ " || ' is no ISO 4217 currency'") -%}
    {%- endif -%}
    {%- if 'min' in rules -%}
        {%- do branches.append("when " ~ value ~ " < " ~ rules.min ~ " then " ~ shown ~ " || ' is below " ~ rules.min ~ "'") -%}
    {%- endif -%}
    {%- if 'above' in rules -%}
        {%- do branches.append("when " ~ value ~ " <= " ~ rules.above ~ " then " ~ shown ~ " || ' is not above " ~ rules.above ~ "'") -%}
    {%- endif -%}
    {%- if branches -%}
case
    {{ branches | join('\n    ') }}
end
    {%- endif -%}
{%- endmacro %}

{#- What a value that cannot be read as its type is not; text can always be read. -#}
{% macro _misread(column) -%}
    {%- set phrases = {
        'timestamptz': 'is no ISO 8601 instant',
        'date': 'is no ISO 8601 date',
        'bigint': 'is no whole number',
        'boolean': 'is none of true, false, 1, 0',
    } -%}
    {%- if column.data_type.startswith('decimal') -%}
        {{ return('is no number that fits ' ~ column.data_type) }}
    {%- endif -%}
    {{ return(phrases.get(column.data_type)) }}
{%- endmacro %}
