{#- Age bands of the backlog (METRICS 8.5). The age at the end of a day is that of the next midnight:
    a ticket is one day old at the end of its first day. `age_bands` counts from the day of creation. -#}

{#- The part of a span of days in which its ticket was of the band's age. -#}
{% macro band_piece(spans) -%}
    greatest({{ spans }}.from_on, {{ add_days(spans ~ '.created_on', 'age_bands.from_day') }})
        as from_on,
    least({{ spans }}.to_on, {{ add_days(spans ~ '.created_on', 'age_bands.until_day') }}) as to_on
{%- endmacro %}

{% macro is_in_band(spans) -%}
    ({{ spans }}.to_on is null or {{ spans }}.to_on > {{ add_days(spans ~ '.created_on', 'age_bands.from_day') }})
    and (
        age_bands.until_day is null
        or {{ spans }}.from_on < {{ add_days(spans ~ '.created_on', 'age_bands.until_day') }}
    )
{%- endmacro %}

{#- This run's tickets that count in a stock: of one that is solved, but nobody knows since when,
    nobody knows on which days it was open. A merged or deleted one counts as long as it stood,
    which core.fct_ticket_stay knows. In place, as counted_tickets. -#}
{% macro backlog_tickets() -%}
    (
        select facts.*
        from {{ rebuilt_tickets() }} as facts
        where
            coalesce(facts.exclusion_reason in ('merged', 'deleted'), true)
            and not facts.has_unknown_solve_time
    )
{%- endmacro %}

{#- Of those, the tickets of which it is known on which days somebody waited for an answer. -#}
{% macro waiting_tickets() -%}
    (
        select counted.*
        from {{ backlog_tickets() }} as counted
        where
            counted.has_messages
            -- Without a log nobody knows since when it waits for the customer.
            and (counted.is_history_known or counted.status not in ('pending', 'hold'))
    )
{%- endmacro %}

{#- Since when an increment counts the stocks again, as a month's number or its first day (`unit`):
    from the month in which something of its tickets happened first, before or now, and at the latest
    from that in which the previous build stood. Of what lies before nothing can be another: no ticket
    is open or waits before its creation. -#}
{% macro _restocked_since(unit) -%}
    (
        select {{ month_start('restocked.month_no') if unit == 'day' else 'restocked.month_no' }}
        from (
            select least(min(changed.month_no), {{ month_index_of(previous_as_of()) }}) as month_no
            from {{ ref('changed_service_month') }} as changed
        ) as restocked
    )
{%- endmacro %}

{% macro delete_restocked(column, unit) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ column }} >= {{ _restocked_since(unit) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether what ends there, NULL for never, is in a stock that is counted now. -#}
{% macro is_restocked(until, unit) -%}
    {%- if is_incremental() -%}
        ({{ until }} is null or {{ until }} > {{ _restocked_since(unit) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Since when it counts there. -#}
{% macro restocked_from(begins, unit) -%}
    {%- if is_incremental() -%}
        greatest({{ begins }}, {{ _restocked_since(unit) }})
    {%- else -%}
        {{ begins }}
    {%- endif -%}
{%- endmacro %}
