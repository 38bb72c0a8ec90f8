{#- Delivered values → contract types. Every macro takes a column of raw and the type it has there
    ('VARCHAR' unless Parquet said otherwise), and gives NULL for what it cannot read. -#}

{#- The value as delivered, as text; what is empty is NULL. A whole number has no decimal point. -#}
{% macro delivered_text(value, raw_type) -%}
    {%- if raw_type == 'VARCHAR' -%}
        nullif({{ value }}, '')
    {%- elif raw_type in ('FLOAT', 'DOUBLE') -%}
        case
            when {{ value }} = trunc({{ value }}) and abs({{ value }}) < 1e15
                then cast(cast({{ value }} as bigint) as varchar)
            else cast({{ value }} as varchar)
        end
    {%- else -%}
        cast({{ value }} as varchar)
    {%- endif -%}
{%- endmacro %}

{% macro _iso_date_pattern() -%}
    '^\d{4}-\d{2}-\d{2}$'
{%- endmacro %}

{% macro _iso_instant_pattern() -%}
    '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?$'
{%- endmacro %}

{#- ISO 8601; without offset UTC (the session's zone). A date alone is a day of the reporting time
    zone: its first moment, or as an end the first moment after it. METRICS R3. -#}
{% macro read_instant(value, raw_type, is_end=false) -%}
    {%- if raw_type == 'TIMESTAMP WITH TIME ZONE' -%}
        {{ _end_of_day_as_midnight(value) if is_end else value }}
    {%- elif raw_type.startswith('TIMESTAMP') -%}
        {%- set instant = "timezone('UTC', cast(" ~ value ~ " as timestamp))" -%}
        {{ _end_of_day_as_midnight(instant) if is_end else instant }}
    {%- elif raw_type == 'DATE' -%}
        {{ _day_as_instant(value, is_end) }}
    {%- else -%}
        {%- set text = 'trim(' ~ delivered_text(value, raw_type) ~ ')' -%}
        {%- set instant = 'try_cast(' ~ text ~ ' as timestamptz)' -%}
        case
            when regexp_matches({{ text }}, {{ _iso_instant_pattern() }})
                then {{ _end_of_day_as_midnight(instant) if is_end else instant }}
            when regexp_matches({{ text }}, {{ _iso_date_pattern() }})
                then {{ _day_as_instant('try_cast(' ~ text ~ ' as date)', is_end) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro _day_as_instant(day, is_end) -%}
    {{ local_midnight(add_days(day, 1) if is_end else day) }}
{%- endmacro %}

{#- An end from 23:59 local on means the whole day. -#}
{% macro _end_of_day_as_midnight(instant) -%}
    case
        when cast({{ local_timestamp(instant) }} as time) >= time '23:59:00'
            then {{ local_midnight(add_days(local_date(instant), 1)) }}
        else {{ instant }}
    end
{%- endmacro %}

{#- ISO 8601. An instant is the day it falls on in the reporting time zone, except midnight without
    offset, which is how tools write a day. A month may come without its day. -#}
{% macro read_date(value, raw_type, is_month=false) -%}
    {%- if raw_type == 'DATE' -%}
        {%- set day = value -%}
    {%- elif raw_type == 'TIMESTAMP WITH TIME ZONE' -%}
        {%- set day = local_date(value) -%}
    {%- elif raw_type.startswith('TIMESTAMP') -%}
        {%- set day -%}
            case
                when cast({{ value }} as time) = time '00:00:00' then cast({{ value }} as date)
                else {{ local_date(read_instant(value, raw_type)) }}
            end
        {%- endset -%}
    {%- else -%}
        {%- set text = 'trim(' ~ delivered_text(value, raw_type) ~ ')' -%}
        {%- set day -%}
            case
                when regexp_matches({{ text }}, {{ _iso_date_pattern() }})
                    then try_cast({{ text }} as date)
                when regexp_matches({{ text }}, '^\d{4}-\d{2}-\d{2}[T ]00:00(:00(\.0+)?)?$')
                    then try_cast(left({{ text }}, 10) as date)
                when regexp_matches({{ text }}, {{ _iso_instant_pattern() }})
                    then {{ local_date('try_cast(' ~ text ~ ' as timestamptz)') }}
                {%- if is_month %}
                when regexp_matches({{ text }}, '^\d{4}-\d{2}$')
                    then try_cast({{ text }} || '-01' as date)
                {%- endif %}
            end
        {%- endset -%}
    {%- endif -%}
    {%- if is_month -%}
        cast(date_trunc('month', {{ day }}) as date)
    {%- else -%}
        {{ day }}
    {%- endif -%}
{%- endmacro %}

{#- More decimals than the type has are rounded; what is no finite number, or too large, is NULL. -#}
{% macro read_decimal(value, raw_type, data_type) -%}
    {%- if raw_type == 'BOOLEAN' or raw_type.startswith(('DATE', 'TIMESTAMP')) -%}
        cast(null as {{ data_type }})
    {%- else -%}
        try_cast({{ value }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}

{#- A whole number, also when written 3.0. -#}
{% macro read_bigint(value, raw_type) -%}
    {%- if raw_type.endswith('INT') or raw_type == 'INTEGER' -%}
        try_cast({{ value }} as bigint)
    {%- else -%}
        {%- set number = read_decimal(value, raw_type, 'decimal(38, 9)') -%}
        case when {{ number }} = trunc({{ number }}) then try_cast({{ number }} as bigint) end
    {%- endif -%}
{%- endmacro %}

{% macro read_boolean(value, raw_type) -%}
    {%- if raw_type == 'BOOLEAN' -%}
        {{ value }}
    {%- else -%}
        case lower(trim({{ delivered_text(value, raw_type) }}))
            when 'true' then true
            when '1' then true
            when '1.0' then true
            when 'false' then false
            when '0' then false
            when '0.0' then false
        end
    {%- endif -%}
{%- endmacro %}

{#- Text is verbatim, except that codes are compared without case and outer spaces, and that e-mail
    and phone are hashed here, so that nothing below sees them. -#}
{% macro read_text(value, raw_type, rules) -%}
    {%- set text = delivered_text(value, raw_type) -%}
    {%- set trimmed = "nullif(trim(" ~ text ~ "), '')" -%}
    {%- if rules.get('values') -%}
        {{ _code(trimmed, rules.get('synonyms', {})) }}
    {%- elif rules.get('is_currency') -%}
        upper({{ trimmed }})
    {%- elif rules.get('status_where') -%}
        case
            when lower(trim({{ rules.status_where }})) = 'status'
                then {{ _code(trimmed, rules.get('synonyms', {})) }}
            else {{ text }}
        end
    {%- elif rules.get('personal') == 'hash' -%}
        {{ text if rules.get('is_hashed') else hashed_address(text) }}
    {%- else -%}
        {{ text }}
    {%- endif -%}
{%- endmacro %}

{#- The keyed hash of an e-mail address or a telephone number, the same however it was written: without
    case, and a number as E.164. One without its country is of `phone_country_code`. -#}
{% macro hashed_address(text) -%}
    {{ keyed_hash(_one_spelling("nullif(trim(" ~ text ~ "), '')")) }}
{%- endmacro %}

{% macro _one_spelling(address) -%}
    {%- set number = "translate(replace(" ~ address ~ ", '(0)', ''), ' -()./', '')" -%}
    case
        when not regexp_matches({{ number }}, '^([+]|00?)?[1-9][0-9]{4,14}$') then lower({{ address }})
        when left({{ number }}, 2) = '00' then '+' || substr({{ number }}, 3)
        when left({{ number }}, 1) = '0'
            then '+{{ var("phone_country_code") }}' || substr({{ number }}, 2)
        else {{ number }}
    end
{%- endmacro %}

{% macro _code(text, synonyms) -%}
    {%- if synonyms -%}
        case lower({{ text }})
            {%- for synonym, code in synonyms.items() %}
            when '{{ synonym }}' then '{{ code }}'
            {%- endfor %}
            else lower({{ text }})
        end
    {%- else -%}
        lower({{ text }})
    {%- endif -%}
{%- endmacro %}

{#- The contract's reading of one column. -#}
{% macro read_value(value, raw_type, column) -%}
    {%- if column.data_type == 'timestamptz' -%}
        {{ read_instant(value, raw_type, column.rules.get('is_end', false)) }}
    {%- elif column.data_type == 'date' -%}
        {{ read_date(value, raw_type, column.rules.get('first_of_month', false)) }}
    {%- elif column.data_type == 'bigint' -%}
        {{ read_bigint(value, raw_type) }}
    {%- elif column.data_type == 'boolean' -%}
        {{ read_boolean(value, raw_type) }}
    {%- elif column.data_type.startswith('decimal') -%}
        {{ read_decimal(value, raw_type, column.data_type) }}
    {%- else -%}
        {{ read_text(value, raw_type, column.rules) }}
    {%- endif -%}
{%- endmacro %}
