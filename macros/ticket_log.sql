{#- Reading a ticket's log: which value stood at a moment. -#}

{#- The order of the log. Ids of one instant count upwards: 9 comes before 10. -#}
{% macro log_position(happened_at, id) -%}
    ({{ happened_at }}, length({{ id }}), {{ id }})
{%- endmacro %}

{#- The value that the log had set by the moment; '' where it was set to nothing, NULL where the log
    had not set it yet. -#}
{% macro last_set_by(moment, condition) -%}
    max_by(coalesce(routing.to_value, ''), routing.log_position) filter (
        where {{ condition }} and routing.occurred_at <= {{ moment }}
    )
{%- endmacro %}

{#- Who held the ticket at the moment: by the log of a rerouted ticket, else by its only event, else
    as it was in the beginning. `what` is team or agent_id. -#}
{% macro holder_at(moment, what) -%}
    {%- set set_by = 'routing.' ~ what ~ '_by_' ~ moment.split('.')[-1] -%}
    case
        when {{ moment }} is null then null
        when {{ set_by }} is not null then nullif({{ set_by }}, '')
        when not begun.is_rerouted and begun.{{ what }}_event_at <= {{ moment }}
            then begun.to_{{ what }}
        else first_{{ what }}
    end
{%- endmacro %}

{#- Whole seconds that a ticket's stretches of these statuses add up to. -#}
{% macro seconds_in(statuses, microseconds) -%}
    cast(
        coalesce(
            sum({{ microseconds }}) filter (where status in ('{{ statuses | join("', '") }}')), 0
        ) as bigint
    ) // 1000000
{%- endmacro %}

{#- A wait of a solved ticket whose log is known; `uninterrupted` is that of one without a pause. -#}
{% macro wait_until_solved(wait, uninterrupted) -%}
    case
        when judged.full_resolution_calendar_s is not null and judged.is_history_known
            then coalesce(waits.{{ wait }}, {{ uninterrupted }})
    end as {{ wait }}
{%- endmacro %}

{#- The tickets that count, with what their figures judge. In place, not as a CTE: one that is read
    several times would be stored first, and these are as many as there are tickets. -#}
{% macro counted_tickets(facts) -%}
    (
        select
            facts.*,
            -- Closed by itself, without any reply: nobody's work took that long (8.11).
            coalesce(facts.replies_n > 0, true) as is_worked_on,
            coalesce(
                facts.first_counted_reopen_at
                <= {{ add_seconds('facts.first_solved_at', var('reopen_window_days') ~ ' * 86400') }},
                false
            ) as is_reopened
        from {{ facts }} as facts
        where facts.exclusion_reason is null
    )
{%- endmacro %}
