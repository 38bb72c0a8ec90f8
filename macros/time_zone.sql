{#- The smallest or the largest offset of the reporting time zone from UTC since 2010. -#}
{% macro reporting_offset_us(extreme) -%}
    {%- set zone = modules.pytz.timezone(var('reporting_tz')) -%}
    {%- set offsets = [] -%}
    {%- for year in range(2010, 2038) -%}
        {%- for month in (1, 7) -%}
            {%- set noon = modules.datetime.datetime(year, month, 1, 12) -%}
            {%- do offsets.append((zone.utcoffset(noon).total_seconds() * 1000000) | int) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ (offsets | min) if extreme == 'min' else (offsets | max) }}
{%- endmacro %}
