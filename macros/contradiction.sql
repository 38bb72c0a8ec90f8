{#- A code by which a CRM or an event says that a customer has left. -#}
{% macro is_churn_word(code) -%}
    position(';' || lower({{ code }}) || ';' in ';{{ var("churn_words") }};') > 0
{%- endmacro %}
