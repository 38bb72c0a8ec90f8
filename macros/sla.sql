{#- SLA clocks (METRICS 8.16, 18). Positions are microseconds: since 1970 on the calendar's clock, of
    business time on a schedule's. -#}

{#- Whether the policy's clock stands still in a status. -#}
{% macro pauses_in(status) -%}
    coalesce(position(';{{ status }};' in paused_in) > 0, false) as pauses_{{ status }}
{%- endmacro %}

{% macro sla_position(obligations, interval, instant) -%}
    case {{ obligations }}.clock
        when 'business' then {{ business_position(interval, instant) }}
        else epoch_us({{ instant }})
    end
{%- endmacro %}

{#- The join condition of the interval that a business clock needs of an instant. -#}
{% macro sla_interval(obligations, interval, instant) -%}
    {{ obligations }}.clock = 'business'
    and {{ holds_instant(interval, obligations ~ '.schedule_id', instant) }}
{%- endmacro %}

{% macro stands_still(policies, intervals) -%}
    case {{ intervals }}.status
        when 'new' then {{ policies }}.pauses_new
        when 'open' then {{ policies }}.pauses_open
        when 'pending' then {{ policies }}.pauses_pending
        when 'hold' then {{ policies }}.pauses_hold
        else {{ policies }}.pauses_solved
    end
{%- endmacro %}

{#- What an obligation has of its ticket. -#}
{% macro sla_ticket_columns() -%}
    tickets.ticket_id,
    tickets.created_at,
    tickets.channel,
    tickets.priority,
    tickets.topic,
    tickets.first_team as team,
    tickets.schedule_id
{%- endmacro %}
