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

{#- The durations that have ended: of tickets the metric, the columns of its seconds (one per clock),
    the event that ended it and whose team gets it, and a condition; of turns, which are rows of
    their own, the metric. -#}
{% macro duration_sources() -%}
    {{ return([
        {'metric_id': 'frt_s', 'stem': 'frt', 'end': 'first_reply', 'team': 'first_reply'},
        {
            'metric_id': 'first_resolution_s', 'stem': 'first_resolution', 'end': 'first_solved',
            'team': 'first_solve', 'condition': 'tickets.is_worked_on',
        },
        {
            'metric_id': 'art_s', 'stem': 'full_resolution', 'end': 'last_solved',
            'team': 'last_solve', 'condition': 'tickets.is_worked_on',
        },
        {
            'metric_id': 'requester_wait_s', 'stem': 'requester_wait', 'end': 'last_solved',
            'team': 'last_solve',
        },
        {
            'metric_id': 'agent_wait_s', 'stem': 'agent_wait', 'end': 'last_solved',
            'team': 'last_solve',
        },
        {'metric_id': 'on_hold_s', 'stem': 'on_hold', 'end': 'last_solved', 'team': 'last_solve'},
        {'metric_id': 'next_reply_s'},
    ]) }}
{%- endmacro %}

{#- The durations in which units are compared (10.4): what customers feel, not why. -#}
{% macro benchmarked_durations() -%}
    {{ return(['frt_s', 'next_reply_s', 'first_resolution_s', 'art_s']) }}
{%- endmacro %}

{#- One row per duration of one of these sources, in the month and under the team of its end; of
    `tickets`, which are counted ones, with further columns of theirs. -#}
{% macro durations_of(source, tickets=none, further=[]) -%}
    select
        tickets.channel,
        tickets.topic,
        tickets.priority,
        {%- for column in further %}
        tickets.{{ column }},
        {%- endfor %}
        {%- if source.stem %}
        tickets.team_at_{{ source.team }} as team,
        tickets.{{ source.end }}_month_no as month_no,
        tickets.{{ source.stem }}_calendar_s as calendar_s,
        tickets.{{ source.stem }}_business_s as business_s
        {%- else %}
        turns.team_at_reply as team,
        {{ month_index_of('turns.replied_at') }} as month_no,
        turns.calendar_s,
        turns.business_s
        {%- endif %}
    from {{ tickets or counted_tickets(ref('fct_ticket')) }} as tickets
    {%- if source.stem %}
    where tickets.{{ source.stem }}_calendar_s is not null and {{ source.condition or 'true' }}
    {%- else %}
    inner join {{ ref('fct_ticket_turn') }} as turns on tickets.ticket_id = turns.ticket_id
    where turns.replied_at is not null
    {%- endif %}
{%- endmacro %}

{#- One row per compared duration of `tickets`, which have a segment, and whether it took no longer than
    its metric's median of the month in `medians`. -#}
{% macro quick_durations(tickets, medians) -%}
    {%- for metric_id in benchmarked_durations() %}
    {%- set source = (duration_sources() | selectattr('metric_id', 'eq', metric_id) | first) %}
    {{ 'union all' if not loop.first }}
    select
        {{ medians }}.metric_id,
        {{ medians }}.month_no,
        durations.team,
        durations.channel,
        durations.topic,
        durations.segment,
        durations.business_s <= {{ medians }}.median_business as is_met
    from ({{ durations_of(source, tickets, ['segment']) }}) as durations
    inner join {{ medians }}
        on
            {{ medians }}.metric_id = '{{ metric_id }}'
            and {{ medians }}.month_no = durations.month_no
    where durations.business_s is not null
    {%- endfor %}
{%- endmacro %}

{#- The metric that core.service_duration_month begins with. -#}
{% macro first_duration() -%}
    frt_s
{%- endmacro %}

{#- Ranges of months [from, to), which have three million tickets at most: their durations take a
    gigabyte, seven dimensions at once. A month is never cut, whatever it has. The first range has no
    beginning and the last no end, but in an increment, which looks at the changed months only. -#}
{% macro duration_ranges() -%}
    {%- set bounds = [none] -%}
    {%- set facts = adapter.get_relation(target.database, 'core', 'fct_ticket') if execute -%}
    {%- set changed = ref('changed_service_month') -%}
    {%- set last = namespace(tickets_n=0, month_no=none) -%}
    {%- if facts and is_incremental() -%}
        {%- set months = run_query(
            'select changed.month_no, count(facts.first_solved_month_no) from ' ~ changed
            ~ ' as changed left join ' ~ facts
            ~ ' as facts on changed.month_no = facts.first_solved_month_no'
            ~ ' group by changed.month_no order by changed.month_no asc nulls last'
        ).rows -%}
        {%- if months -%}
            {%- set bounds = [months[0][0]] -%}
            {%- set last.month_no = months[-1][0] + 1 -%}
        {%- endif -%}
    {%- elif facts -%}
        {%- set months = run_query(
            'select first_solved_month_no, count(*) from ' ~ facts
            ~ ' where first_solved_month_no is not null group by first_solved_month_no'
            ~ ' order by first_solved_month_no asc nulls last'
        ).rows -%}
    {%- endif -%}
    {%- for month_no, tickets_n in months or [] -%}
        {%- if last.tickets_n > 0 and last.tickets_n + tickets_n > var('durations_at_once', 3000000) -%}
            {%- do bounds.append(month_no) -%}
            {%- set last.tickets_n = 0 -%}
        {%- endif -%}
        {%- set last.tickets_n = last.tickets_n + tickets_n -%}
    {%- endfor -%}
    {%- do bounds.append(last.month_no) -%}
    {%- set ranges = [] -%}
    {%- for from_month_no in bounds[:-1] -%}
        {%- do ranges.append((from_month_no, bounds[loop.index])) -%}
    {%- endfor -%}
    {{ return(ranges) }}
{%- endmacro %}

{#- All but what the model itself is, the first range of the first metric. -#}
{% macro insert_durations() -%}
    {%- set ranges = duration_ranges() -%}
    {%- for source in duration_sources() -%}
        {%- for months in ranges[(1 if source.metric_id == first_duration() else 0):] %}
    insert into {{ this }}
    {{ durations_by_month(source.metric_id, *months) }};
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#- A duration metric by month and each dimension of service, of the months from one to before
    another. -#}
{% macro durations_by_month(metric_id, from_month_no, to_month_no) -%}
    {%- set source = (duration_sources() | selectattr('metric_id', 'eq', metric_id) | first) -%}
    {%- set cell = ['channel', 'team', 'topic', 'priority'] -%}
    {%- set cuts = {'all': [], 'unit': ['unit'], 'cell': cell} -%}
    {%- for dimension in cell -%}
        {%- do cuts.update({dimension: [dimension]}) -%}
    {%- endfor -%}
    with

    rolled as (
        {%- for dim_name, dimensions in cuts.items() %}
        {{ 'union all' if not loop.first }}
        {{ _durations_rolled_up(source, dim_name, dimensions, cell, from_month_no, to_month_no) }}
        {%- endfor %}
    ),

    final as (
        select
            metric_id,
            month_no,
            dim_name,
            dim_value,
            channel,
            team,
            topic,
            priority,
            n,
            cast(sum_calendar as decimal(38, 9)) as sum_calendar,
            cast(sum_business as decimal(38, 9)) as sum_business,
            cast({{ item_at('quantiles_calendar', 1) }} as decimal(38, 9)) as median_calendar,
            cast({{ item_at('quantiles_business', 1) }} as decimal(38, 9)) as median_business,
            cast({{ item_at('quantiles_calendar', 2) }} as decimal(38, 9)) as p90_calendar,
            cast({{ item_at('quantiles_business', 2) }} as decimal(38, 9)) as p90_business
        from rolled
    )

    select * from final
{%- endmacro %}

{% macro _durations_rolled_up(source, dim_name, dimensions, cell, from_month_no, to_month_no) -%}
    {%- set names = {'unit': unknown_if_null('teams.unit')} -%}
    {%- for dimension in cell -%}
        {%- do names.update({dimension: unknown_if_null('durations.' ~ dimension)}) -%}
    {%- endfor -%}
    select
        '{{ source.metric_id }}' as metric_id,
        durations.month_no,
        '{{ dim_name }}' as dim_name,
        {{ names[dim_name] or "'" ~ dim_name ~ "'" }} as dim_value,
        {%- for dimension in cell %}
        {{ names[dimension] if dimension in dimensions else "'all'" }} as {{ dimension }},
        {%- endfor %}
        count(*) as n,
        sum(durations.calendar_s) as sum_calendar,
        sum(durations.business_s) as sum_business,
        {{ quantiles('durations.calendar_s', [0.5, 0.9]) }} as quantiles_calendar,
        {{ quantiles('durations.business_s', [0.5, 0.9]) }} as quantiles_business
    from ({{ durations_of(source) }}) as durations
    {%- if 'unit' in dimensions %}
    left join {{ ref('dim_team_month') }} as teams
        on durations.team = teams.team and durations.month_no = teams.month_no
    {%- endif %}
    where
        {{ is_changed('durations.month_no', ref('changed_service_month')) }}
        {%- if from_month_no is not none %}
        and durations.month_no >= {{ from_month_no }}
        {%- endif %}
        {%- if to_month_no is not none %}
        and durations.month_no < {{ to_month_no }}
        {%- endif %}
    group by
        durations.month_no
        {%- for dimension in dimensions %},
        {{ names[dimension] }}
        {%- endfor %}
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
                select max(0) from known
                where metric_id = '{{ metric_id }}' and statistic = '{{ statistic }}'
            )
        ) as bigint
    ) as {{ name or metric_id }}
{%- endmacro %}

{#- Of a duration there are mean, median and p90, on each clock. -#}
{% macro is_duration(statistic) -%}
    {{ statistic }} in (
        'mean_business', 'median_business', 'p90_business',
        'mean_calendar', 'median_calendar', 'p90_calendar'
    )
{%- endmacro %}

{#- The columns of a duration: in business time the metric's own id, which is its mean, then mean,
    median and p90; the same on the calendar. By the statistic that they hold. -#}
{% macro _duration_columns(stem) -%}
    {%- set columns = [] -%}
    {%- for suffix, clock in (('', 'business'), ('_calendar', 'calendar')) -%}
        {%- do columns.append((stem ~ '_s' ~ suffix, 'mean_' ~ clock)) -%}
        {%- for statistic in ('mean', 'median', 'p90') -%}
            {%- do columns.append((stem ~ '_' ~ statistic ~ '_s' ~ suffix, statistic ~ '_' ~ clock)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{#- These columns, and how many, out of rows that have one column per statistic; a mean is a quotient
    of sums. -#}
{% macro service_kpi_duration(stem) -%}
    {%- for name, statistic in _duration_columns(stem) %}
        {%- set clock = statistic.split('_')[1] %}
        {%- set figure = 'cast(sum_' ~ clock ~ ' / n as decimal(38, 9))' if statistic.startswith('mean') else statistic %}
        cast(
            max({{ figure }}) filter (where metric_id = '{{ stem }}_s') as decimal(18, 6)
        ) as {{ name }},
    {%- endfor %}
    max(n) filter (where metric_id = '{{ stem }}_s') as {{ stem }}_n
{%- endmacro %}

{#- The same columns read; nothing ended is 0 where the metric is known at all. -#}
{% macro service_kpi_span(stem) -%}
    {%- for name, statistic in _duration_columns(stem) %}
        spans.{{ name }},
    {%- endfor %}
    cast(
        coalesce(
            spans.{{ stem }}_n, (select max(0) from known where metric_id = '{{ stem }}_s')
        ) as bigint
    ) as {{ stem }}_n
{%- endmacro %}
