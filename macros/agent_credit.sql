{#- What agents are credited with (METRICS R18), by month, agent, team and channel. -#}

{#- The credits of one kind; what the others measure is NULL. Where the team is unknown all the same,
    the least and the greatest of the known ones say whether there is only one. -#}
{% macro agent_credits(kind) -%}
    {%- set measured = {
        'contact': {'queue_s': 'avg(credits.queue_s)', 'handle_s': 'avg(credits.handle_s)'},
        'first_reply': {},
        'first_solve': {
            'fcr_rate': _share('credits.is_fcr'), 'reopen_rate': _share('credits.is_reopened'),
        },
        'last_solve': {'one_touch_rate': _share('credits.is_one_touch')},
    }[kind] -%}
    {%- if kind != 'contact' -%}
        {%- for clock, suffix in (('business_s', ''), ('calendar_s', '_calendar')) -%}
            {%- do measured.update({
                'median_s' ~ suffix: quantile('credits.' ~ clock, 0.5),
                'mean_s' ~ suffix: 'avg(credits.' ~ clock ~ ')',
            }) -%}
        {%- endfor -%}
    {%- endif %}
    select
        credits.month_no,
        credits.agent_id,
        coalesce(agents.team, credits.event_team, 'unknown') as team,
        credits.channel,
        '{{ kind }}' as kind,
        min(coalesce(agents.team, credits.event_team)) as least_team,
        max(coalesce(agents.team, credits.event_team)) as greatest_team,
        count(*) as credits_n,
        {{ 'count(*) filter (where credits.is_answered)' if kind == 'contact' else '0' }}
            as answered_n,
        {{ 'count(*) filter (where credits.is_resolved)' if kind == 'contact' else '0' }}
            as resolved_n
        {%- for name in (
            'queue_s', 'handle_s', 'median_s', 'mean_s', 'median_s_calendar', 'mean_s_calendar',
            'fcr_rate', 'reopen_rate', 'one_touch_rate'
        ) %},
        {{ measured[name] or 'cast(null as double)' }} as {{ name }}
        {%- endfor %}
    from {{ ref('fct_agent_credit') }} as credits
    left join {{ ref('dim_agent') }} as agents
        on
            credits.agent_id = agents.agent_id
            and {{ is_valid_at('agents', 'credits.credited_at') }}
    where
        credits.kind = '{{ kind }}'
        and credits.agent_id is not null
        and not coalesce(agents.is_bot, false)
        and {{ is_changed('credits.month_no', ref('changed_service_month')) }}
    group by
        credits.month_no,
        credits.agent_id,
        coalesce(agents.team, credits.event_team, 'unknown'),
        credits.channel
{%- endmacro %}

{% macro _share(condition) -%}
    avg(case when {{ condition }} then 1 when not {{ condition }} then 0 end)
{%- endmacro %}

{#- Columns of agents' durations out of the rows of one kind of credit. -#}
{% macro agent_durations(stem, kind) -%}
    {%- for measure in ('median_s', 'mean_s', 'median_s_calendar', 'mean_s_calendar') -%}
        max({{ measure }}) filter (where kind = '{{ kind }}') as {{ stem }}_{{ measure }}
        {{- ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
