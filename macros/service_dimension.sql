{#- The dimensions of service metrics (METRICS 14, O): the company, and each dimension by itself. -#}

{% macro unknown_if_null(column) -%}
    coalesce({{ column }}, 'unknown')
{%- endmacro %}

{% macro service_dimension() -%}
    case
        when grouping(channel) = 0 then 'channel'
        when grouping(team) = 0 then 'team'
        when grouping(topic) = 0 then 'topic'
        when grouping(priority) = 0 then 'priority'
        else 'all'
    end as dim_name,
    case
        when grouping(channel) = 0 then channel
        when grouping(team) = 0 then team
        when grouping(topic) = 0 then topic
        when grouping(priority) = 0 then priority
        else 'all'
    end as dim_value
{%- endmacro %}

{% macro by_service_dimension() -%}
    group by
        grouping sets (
            (metric_id, month_no),
            (metric_id, month_no, channel),
            (metric_id, month_no, team),
            (metric_id, month_no, topic),
            (metric_id, month_no, priority)
        )
{%- endmacro %}
