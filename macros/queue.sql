{#- Who waits for somebody to pick up (METRICS 8.7 to 8.15): callers and chatters. Letters, forms,
    posts wait for a reply, which has figures of its own. -#}
{% macro waits_in_queue(contacts) -%}
    {{ contacts }}.direction = 'inbound'
    and {{ contacts }}.channel not in ('email', 'web', 'social', 'api')
{%- endmacro %}

{#- A customer's contact that somebody picked up, or that waited for it more than a moment. -#}
{% macro is_demand(contacts) -%}
    {{ contacts }}.exclusion_reason is null
    and {{ contacts }}.direction = 'inbound'
    and (
        {{ contacts }}.outcome = 'answered'
        or ({{ contacts }}.outcome = 'abandoned' and not {{ contacts }}.is_short_abandon)
    )
{%- endmacro %}
