{#- Intervals of 95 % (METRICS 3.1, 3.2, 10.4). Counts in, DOUBLE out; who stores them casts. -#}

{% macro z95() -%}
    1.959964
{%- endmacro %}

{% macro z998() -%}
    3.090232
{%- endmacro %}

{#- Wilson's interval of a share of `part` in `whole`; `sign` is -1 or 1. -#}
{% macro wilson(part, whole, sign) -%}
    (
        cast({{ part }} as double) + {{ z95() }} * {{ z95() }} / 2
        + {{ sign }} * {{ z95() }} * sqrt(
            cast({{ part }} as double) * ({{ whole }} - {{ part }}) / nullif({{ whole }}, 0)
            + {{ z95() }} * {{ z95() }} / 4
        )
    ) / (nullif({{ whole }}, 0) + {{ z95() }} * {{ z95() }})
{%- endmacro %}

{#- Adjusted Wald interval of a net promoter score, in points: three quarters of an answer more on
    either side, one and a half in the middle. -#}
{% macro nps_interval(promoters, detractors, whole, sign) -%}
    100 * (
        (cast({{ promoters }} as double) - {{ detractors }}) / ({{ whole }} + 3)
        + {{ sign }} * {{ z95() }} * sqrt(
            (
                (cast({{ promoters }} as double) + {{ detractors }} + 1.5) / ({{ whole }} + 3)
                - pow((cast({{ promoters }} as double) - {{ detractors }}) / ({{ whole }} + 3), 2)
            ) / ({{ whole }} + 3)
        )
    )
{%- endmacro %}

{#- Interval of a mean from the sums of values and of their squares. -#}
{% macro mean_interval(total, squares, n, sign) -%}
    cast({{ total }} as double) / nullif({{ n }}, 0)
    + {{ sign }} * {{ z95() }} * sqrt(
        greatest(
            cast({{ squares }} as double) - pow(cast({{ total }} as double), 2) / nullif({{ n }}, 0),
            0
        ) / nullif({{ n }} - 1, 0) / nullif({{ n }}, 0)
    )
{%- endmacro %}

{#- Why a survey's or a person's figure is shown or not (METRICS R11). -#}
{% macro small_sample_status(n, min_cell_n=none) -%}
    case
        when {{ n }} < {{ min_cell_n or var('min_cell_n') }} then 'suppressed'
        when {{ n }} < {{ var('low_n') }} then 'low_n'
        else 'ok'
    end
{%- endmacro %}
