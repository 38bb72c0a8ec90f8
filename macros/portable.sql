{#- The differences between SQL engines live here and nowhere else (see `make lint`). -#}

{% macro elapsed_s(from_ts, to_ts) -%}
    cast(floor({{ elapsed_us(from_ts, to_ts) }} / 1000000.0) as bigint)
{%- endmacro %}

{#- To the microsecond, for what is added up: seconds would each lose their fraction. -#}
{% macro elapsed_us(from_ts, to_ts) -%}
    ({{ us_of_instant(to_ts) }} - {{ us_of_instant(from_ts) }})
{%- endmacro %}

{#- Microseconds since 1970-01-01 in UTC; instant_of_us leads back. -#}
{% macro us_of_instant(ts) -%}
    epoch_us({{ ts }})
{%- endmacro %}

{% macro local_timestamp(ts, time_zone=none) -%}
    timezone({{ time_zone or "'" ~ var('reporting_tz') ~ "'" }}, {{ ts }})
{%- endmacro %}

{#- The reporting day of an instant. Reading a time zone costs ten times what adding up does, and in
    most hours of the day it is the same day under every offset the zone ever has: for columns, whose
    name may be repeated, the zone is read only in the hours that are left and outside of 2010-2037. -#}
{% macro local_date(ts, time_zone=none) -%}
    {%- if time_zone or '(' in ts or ' ' in ts -%}
        cast({{ local_timestamp(ts, time_zone) }} as date)
    {%- else -%}
        {%- set day = 'cast(make_timestamp(epoch_us(' ~ ts ~ ') + {}) as date)' -%}
        {%- set earliest = day.format(reporting_offset_us('min')) -%}
        {%- set latest = day.format(reporting_offset_us('max')) -%}
        case
            when
                {{ earliest }} = {{ latest }}
                and {{ earliest }} between date '2010-01-01' and date '2037-12-31'
                then {{ earliest }}
            else cast({{ local_timestamp(ts) }} as date)
        end
    {%- endif -%}
{%- endmacro %}

{#- The instant at which a day of the reporting time zone begins. -#}
{% macro local_midnight(day, time_zone=none) -%}
    timezone({{ time_zone or "'" ~ var('reporting_tz') ~ "'" }}, cast({{ day }} as timestamp))
{%- endmacro %}

{#- The instant of a local time; the reverse of local_timestamp. -#}
{% macro instant_of_local(ts) -%}
    timezone('{{ var("reporting_tz") }}', {{ ts }})
{%- endmacro %}

{#- Months are integers in all arithmetic: year * 12 + month - 1. -#}
{% macro month_index(day) -%}
    cast(year({{ day }}) * 12 + month({{ day }}) - 1 as integer)
{%- endmacro %}

{% macro month_index_of(ts) -%}
    {{ month_index(local_date(ts)) }}
{%- endmacro %}

{% macro month_start(index) -%}
    make_date(cast({{ index }} as integer) // 12, cast({{ index }} as integer) % 12 + 1, 1)
{%- endmacro %}

{#- Every integer of [first, until), one row each; stands in a select list. -#}
{% macro each_integer(first, until) -%}
    unnest(range({{ first }}, {{ until }}))
{%- endmacro %}

{#- Stands for "no end" where intervals are compared; never stored. -#}
{% macro end_of_time() -%}
    cast('9999-12-31 00:00:00+00' as timestamptz)
{%- endmacro %}

{#- A quotient of money and a count in six decimals, half away from zero; by integers, because a
    division of decimals is DOUBLE on DuckDB, which has no exact half. -#}
{% macro exact_quotient(amount, whole) -%}
    cast(
        sign({{ amount }}) * cast(
            (cast(abs({{ wide(amount) }}) * 1000000 as hugeint) * 2 + {{ whole }})
            // nullif(2 * cast({{ whole }} as hugeint), 0)
            as decimal(38, 0)
        ) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)
    )
{%- endmacro %}

{#- Integer division that rounds down, also below zero. -#}
{% macro floor_div(dividend, divisor) -%}
    (
        {{ int_div(dividend, divisor) }}
        - case when {{ dividend }} % {{ divisor }} <> 0 and {{ dividend }} < 0 then 1 else 0 end
    )
{%- endmacro %}

{#- Integer division that drops the fraction; below zero floor_div says what is meant. -#}
{% macro int_div(dividend, divisor) -%}
    ({{ dividend }} // {{ divisor }})
{%- endmacro %}

{% macro product(expression) -%}
    product({{ expression }})
{%- endmacro %}

{% macro days_between(from_day, to_day) -%}
    date_diff('day', {{ from_day }}, {{ to_day }})
{%- endmacro %}

{% macro add_days(day, n) -%}
    cast({{ day }} + to_days(cast({{ n }} as integer)) as date)
{%- endmacro %}

{% macro add_months(ts, n) -%}
    ({{ ts }} + to_months(cast({{ n }} as integer)))
{%- endmacro %}

{% macro add_intervals(ts, interval_unit, n) -%}
    case {{ interval_unit }}
        when 'day' then {{ ts }} + to_days(cast({{ n }} as integer))
        when 'week' then {{ ts }} + to_days(cast(7 * {{ n }} as integer))
        when 'month' then {{ add_months(ts, n) }}
        when 'year' then {{ add_months(ts, '12 * ' ~ n) }}
    end
{%- endmacro %}

{% macro add_seconds(ts, n) -%}
    ({{ ts }} + to_seconds({{ n }}))
{%- endmacro %}

{% macro add_microseconds(ts, n) -%}
    {{ instant_of_us(us_of_instant(ts) ~ ' + ' ~ n) }}
{%- endmacro %}

{#- The start of the slot of so many seconds, counted from the full hour in UTC. -#}
{% macro slot_start(ts, seconds) -%}
    time_bucket(to_seconds({{ seconds }}), {{ ts }}, timestamptz '2000-01-01 00:00:00Z')
{%- endmacro %}

{#- The instant that many microseconds after 1970-01-01 in UTC. -#}
{% macro instant_of_us(microseconds) -%}
    make_timestamptz({{ microseconds }})
{%- endmacro %}

{#- Exact, interpolated (type 7). -#}
{% macro quantile(expression, share) -%}
    quantile_cont({{ expression }}, {{ share }})
{%- endmacro %}

{#- Several shares of the same values in one pass; item_at reads the list, from 1. -#}
{% macro quantiles(expression, shares) -%}
    quantile_cont({{ expression }}, [{{ shares | join(', ') }}])
{%- endmacro %}

{% macro item_at(items, position) -%}
    {{ items }}[{{ position }}]
{%- endmacro %}

{#- HMAC-SHA-256 under the home's key; the padded keys are session variables (dbt_session.py). -#}
{% macro keyed_hash(expression) -%}
    case
        when {{ expression }} is not null
            then
                sha256(
                    getvariable('hmac_outer')
                    || unhex(sha256(getvariable('hmac_inner') || encode({{ expression }})))
                )
    end
{%- endmacro %}

{#- A number that stands for some texts, within one build and one engine only. -#}
{% macro short_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{#- A scalar of a JSON document as text; path as in a.b.c. -#}
{% macro json_text(document, path) -%}
    json_extract_string({{ document }}, '$.{{ path }}')
{%- endmacro %}

{#- A JSON scalar as text. -#}
{% macro json_value(scalar) -%}
    json_extract_string({{ scalar }}, '$')
{%- endmacro %}

{#- Whether one of the scalars that a path with [*] leads to is this text. -#}
{% macro json_has_text(document, path, text) -%}
    list_contains(json_extract_string({{ document }}, '$.{{ path }}'), '{{ text }}')
{%- endmacro %}

{#- A whole number of a JSON document; NULL for what is none. -#}
{% macro json_integer(document, path) -%}
    try_cast({{ json_text(document, path) }} as bigint)
{%- endmacro %}

{#- A number of a JSON document; NULL for what is none. -#}
{% macro json_decimal(document, path) -%}
    try_cast({{ json_text(document, path) }} as decimal(18, 6))
{%- endmacro %}

{#- A part of a JSON document as JSON. -#}
{% macro json_part(document, path) -%}
    json_extract({{ document }}, '$.{{ path }}')
{%- endmacro %}

{#- Each item of a list in a JSON document, one row each, as columns item and item_no, from 1; stands
    in a select list. -#}
{% macro each_json_item(document, path) -%}
    unnest(json_extract({{ document }}, '$.{{ path }}[*]')) as item,
    generate_subscripts(json_extract({{ document }}, '$.{{ path }}[*]'), 1) as item_no
{%- endmacro %}

{#- Each member of an object in a JSON document, one row each, as columns item_key and item; stands in
    a select list. -#}
{% macro each_json_member(document, path) -%}
    unnest(json_keys({{ document }}, '$.{{ path }}')) as item_key,
    unnest(json_extract({{ document }}, '$.{{ path }}.*')) as item
{%- endmacro %}

{#- The last value up to the row that was not NULL. -#}
{% macro last_known(expression, partition_by, order_by) -%}
    last_value({{ expression }} ignore nulls) over (
        partition by {{ partition_by }} order by {{ order_by }} nulls last
        rows between unbounded preceding and current row
    )
{%- endmacro %}

{#- Whether a list in a JSON document holds a text. -#}
{% macro json_has_item(document, path, text) -%}
    coalesce(list_contains(json_extract_string({{ document }}, '$.{{ path }}[*]'), {{ text }}), false)
{%- endmacro %}

{#- The items of a list in a JSON document in one text. -#}
{% macro json_list_text(document, path) -%}
    nullif(array_to_string(json_extract_string({{ document }}, '$.{{ path }}[*]'), ' '), '')
{%- endmacro %}

{#- The name of the first member of an object in a JSON document. -#}
{% macro json_first_key(document, path) -%}
    json_keys({{ document }}, '$.{{ path }}')[1]
{%- endmacro %}

{#- A member of an object in a JSON document as text, by a name that is a value. -#}
{% macro json_member(document, path, name) -%}
    json_extract_string({{ document }}, '$.{{ path }}."' || {{ name }} || '"')
{%- endmacro %}

{#- A scalar of a JSON document as text, at a path that is a value: $.a.b. -#}
{% macro json_at(document, path) -%}
    json_extract_string({{ document }}, {{ path }})
{%- endmacro %}
