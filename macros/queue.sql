{#- Who waits for somebody to pick up (METRICS 8.7 to 8.15): callers and chatters. Letters, forms,
    posts wait for a reply, which has figures of its own. -#}
{% macro waits_in_queue(contacts) -%}
    {{ contacts }}.direction = 'inbound'
    and {{ contacts }}.channel not in ('email', 'web', 'social', 'api')
{%- endmacro %}
