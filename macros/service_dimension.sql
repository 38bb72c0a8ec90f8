{#- The dimensions of service metrics (METRICS 14, O; section 18): the company, each dimension by
    itself, and every full combination, which is called a cell. What is not told apart reads 'all'. -#}

{% macro unknown_if_null(column) -%}
    coalesce({{ column }}, 'unknown')
{%- endmacro %}

{% macro service_dimension() -%}
    case
        when grouping(channel) = 0 and grouping(team) = 0 then 'cell'
        when grouping(channel) = 0 then 'channel'
        when grouping(team) = 0 then 'team'
        when grouping(topic) = 0 then 'topic'
        when grouping(priority) = 0 then 'priority'
        when grouping(unit) = 0 then 'unit'
        else 'all'
    end as dim_name,
    case
        when grouping(channel) = 0 and grouping(team) = 0 then 'cell'
        when grouping(channel) = 0 then channel
        when grouping(team) = 0 then team
        when grouping(topic) = 0 then topic
        when grouping(priority) = 0 then priority
        when grouping(unit) = 0 then unit
        else 'all'
    end as dim_value,
    case when grouping(channel) = 0 then channel else 'all' end as channel,
    case when grouping(team) = 0 then team else 'all' end as team,
    case when grouping(topic) = 0 then topic else 'all' end as topic,
    case when grouping(priority) = 0 then priority else 'all' end as priority
{%- endmacro %}

{% macro by_service_dimension(keys='metric_id, statistic, is_count, month_no') -%}
    group by
        grouping sets (
            ({{ keys }}),
            ({{ keys }}, channel),
            ({{ keys }}, team),
            ({{ keys }}, topic),
            ({{ keys }}, priority),
            ({{ keys }}, unit),
            ({{ keys }}, channel, team, topic, priority)
        )
{%- endmacro %}

{#- The dimensions of a row with names for what is missing; `teams` is core.dim_team_month. -#}
{% macro named_dimensions(measures, teams='teams') -%}
    {{ unknown_if_null(measures ~ '.channel') }} as channel,
    {{ unknown_if_null(measures ~ '.team') }} as team,
    {{ unknown_if_null(measures ~ '.topic') }} as topic,
    {{ unknown_if_null(measures ~ '.priority') }} as priority,
    {{ unknown_if_null(teams ~ '.unit') }} as unit
{%- endmacro %}

{#- One metric's rows of additive parts, from a relation of counts by month and dimension. A count has
    no denominator; every other figure is a quotient of sums (R7). -#}
{% macro service_parts(metric_id, numerator, denominator, counts, statistic='value') -%}
    select
        '{{ metric_id }}' as metric_id,
        '{{ statistic }}' as statistic,
        {{ 'true' if denominator is none else 'false' }} as is_count,
        month_no,
        channel,
        team,
        topic,
        priority,
        {{ numerator }} as numerator,
        {{ denominator if denominator is not none else '0' }} as denominator
    from {{ counts }}
{%- endmacro %}

{#- A stock's rows, counted by month and dimension value already. -#}
{% macro service_stock(metric_id, stock, rows, statistic='value') -%}
    select
        '{{ metric_id }}' as metric_id,
        '{{ statistic }}' as statistic,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        {{ stock }} as numerator
    from {{ rows }}
    where {{ stock }} > 0
{%- endmacro %}

{#- One duration of the tickets that have it; its seconds stand in two columns, one per clock. -#}
{% macro service_duration(metric_id, ended_at, team, duration, condition='true') -%}
    select
        '{{ metric_id }}' as metric_id,
        {{ month_index_of(ended_at) }} as month_no,
        channel,
        {{ team }} as team,
        topic,
        priority,
        {{ duration }}_calendar_s as calendar_s,
        {{ duration }}_business_s as business_s
    from tickets
    where {{ duration }}_calendar_s is not null and {{ condition }}
{%- endmacro %}

{#- Figures of rows that have month and dimensions. Without a denominator the numerator is the figure,
    without a numerator `value` is (a quantile is no quotient). -#}
{% macro service_figures(metric_id, rows, numerator=none, denominator=none, value=none, n=none, statistic='value') -%}
    select
        {{ metric_id }} as metric_id,
        {{ statistic if statistic == 'statistic' else "'" ~ statistic ~ "'" }} as statistic,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        cast({{ numerator or 'null' }} as decimal(38, 9)) as numerator,
        cast({{ denominator or 'null' }} as decimal(38, 9)) as denominator,
        {% if value -%}
            cast({{ value }} as decimal(38, 9)) as value,
        {%- elif denominator -%}
            cast({{ numerator }} as decimal(38, 9)) / nullif({{ denominator }}, 0) as value,
        {%- else -%}
            cast({{ numerator }} as decimal(38, 9)) as value,
        {%- endif %}
        cast({{ n or denominator or numerator }} as bigint) as n
    from {{ rows }}
{%- endmacro %}

{#- How long after its month a figure is still open: the windows of METRICS 8.6, 8.17 and 8.18. -#}
{% macro service_window_s() -%}
    case
        when metric_id = 'fcr' or statistic = 'agreement' then {{ var('fcr_window_days') }} * 86400
        when metric_id = 'resolution_rate' then {{ var('resolution_window_days') }} * 86400
        when metric_id = 'reopen_rate' then {{ var('reopen_window_days') }} * 86400
        else 0
    end
{%- endmacro %}

{#- A column of marts.service_kpi out of the long rows of core.service_shown_figure. -#}
{% macro service_kpi(metric_id, data_type, statistic='value', name=none) -%}
    cast(
        max(value) filter (
            where metric_id = '{{ metric_id }}' and statistic = '{{ statistic }}'
        ) as {{ data_type }}
    ) as {{ name or metric_id }}
{%- endmacro %}

{#- A count is 0 where nothing was counted, and NULL where nobody delivers what to count. -#}
{% macro service_kpi_count(metric_id, statistic='value', name=none) -%}
    cast(
        coalesce(
            max(value) filter (
                where metric_id = '{{ metric_id }}' and statistic = '{{ statistic }}'
            ),
            (
                select max(0) from figures
                where metric_id = '{{ metric_id }}' and statistic = '{{ statistic }}'
            )
        ) as bigint
    ) as {{ name or metric_id }}
{%- endmacro %}

{#- Mean, median and p90 of a duration in business time, the same on the calendar, and how many; the
    metric's own id is its mean. -#}
{% macro service_kpi_duration(stem) -%}
    {%- for suffix, clock in (('', 'business'), ('_calendar', 'calendar')) %}
        {{ service_kpi(stem ~ '_s', 'decimal(18, 6)', 'mean_' ~ clock, stem ~ '_s' ~ suffix) }},
        {%- for statistic in ('mean', 'median', 'p90') %}
        {{ service_kpi(
            stem ~ '_s', 'decimal(18, 6)', statistic ~ '_' ~ clock, stem ~ '_' ~ statistic ~ '_s' ~ suffix
        ) }},
        {%- endfor %}
    {%- endfor %}
    cast(
        coalesce(
            max(n) filter (
                where metric_id = '{{ stem }}_s' and statistic = 'mean_business'
            ),
            (select max(0) from figures where metric_id = '{{ stem }}_s')
        ) as bigint
    ) as {{ stem }}_n
{%- endmacro %}
