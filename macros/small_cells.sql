{#- One hidden cell could be told from its total and the other cells, so the next smallest goes with
    it (METRICS R11). `cells` has the keys, the dimensions, n, and `cut`, which is the name of the one
    dimension that is not 'all', or total, or combination. -#}

{% macro _by_size(dimensions) -%}
    n asc nulls last
    {%- for dimension in dimensions %}, {{ dimension }} asc nulls last{% endfor %}
{%- endmacro %}

{#- Cells of single dimensions. `cells` says is_small; the result says is_hidden. -#}
{% macro hide_second_value(cells, keys, dimensions) -%}
    select
        *,
        is_small
        or (
            count(*) filter (where is_small) over (partition by {{ keys }}, cut) = 1
            and row_number() over (
                partition by {{ keys }}, cut, is_small order by {{ _by_size(dimensions) }}
            ) = 1
        ) as is_hidden
    from {{ cells }}
    where cut not in ('total', 'combination')
{%- endmacro %}

{#- Combinations: hidden where small, and below a hidden value of one dimension, whose parts would
    add up to it. -#}
{% macro hide_below_hidden_values(cells, single, keys, dimensions) -%}
    select
        cells.*,
        cells.is_small
        {%- for dimension in dimensions %}
        or exists (
            select 1
            from {{ single }} as hidden
            where
                hidden.is_hidden
                and hidden.cut = '{{ dimension }}'
                and hidden.{{ dimension }} = cells.{{ dimension }}
                {%- for key in keys.split(', ') %}
                and hidden.{{ key }} = cells.{{ key }}
                {%- endfor %}
        )
        {%- endfor %} as is_hidden
    from {{ cells }} as cells
    where cells.cut = 'combination'
{%- endmacro %}

{#- One more wherever the total, or a value of one dimension, has exactly one hidden combination
    beneath it. That may leave another total with one hidden part, hence it is done again. -#}
{% macro hide_second_combination(cells, keys, dimensions) -%}
    select
        * exclude (is_hidden),
        is_hidden
        {%- for parent in [none] + dimensions %}
        {%- set parts = keys ~ (', ' ~ parent if parent else '') %}
        or (
            count(*) filter (where is_hidden) over (partition by {{ parts }}) = 1
            and row_number() over (
                partition by {{ parts }}, is_hidden order by {{ _by_size(dimensions) }}
            ) = 1
        )
        {%- endfor %} as is_hidden
    from {{ cells }}
{%- endmacro %}
