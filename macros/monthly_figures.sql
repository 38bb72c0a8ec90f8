{#- The rows of a metric family whose cells are months with something in them: every closed month
    since the series began, and the running one without a figure. `figures` has metric_id, statistic,
    month_no, dim_name, dim_value, numerator, denominator, value, n and whatever `status` reads.
    A silent month is zero for the metrics of `zero_if_silent` and says nothing for the others.
    `matures_at` is the instant from which a month may be shown. -#}
{% macro monthly_figures(
    figures, zero_if_silent=[], status="'ok'", matures_at=none, has_interval=false
) -%}
    {%- set is_zero -%}
        {%- if zero_if_silent -%}
            months.metric_id in ('{{ zero_if_silent | join("', '") }}')
        {%- else -%}
            false
        {%- endif -%}
    {%- endset -%}
    select
        shown.metric_id,
        shown.statistic,
        'month' as period_grain,
        {{ month_start('shown.month_no') }} as period_start,
        shown.dim_name,
        shown.dim_value,
        cast(case when shown.status in ('ok', 'low_n') then shown.numerator end as decimal(38, 9))
            as numerator,
        cast(case when shown.status in ('ok', 'low_n') then shown.denominator end as decimal(38, 9))
            as denominator,
        cast(case when shown.status in ('ok', 'low_n') then shown.value end as decimal(38, 9)) as value,
        cast(case when shown.is_mature then shown.n end as bigint) as n,
        {%- for end in ['ci_low', 'ci_high'] %}
        cast(
            {%- if has_interval %} case when shown.status in ('ok', 'low_n') then shown.{{ end }} end
            {%- else %} null
            {%- endif %} as decimal(38, 9)
        ) as {{ end }},
        {%- endfor %}
        shown.status,
        shown.is_mature
    from (
        select
            filled.*,
            case
                when not filled.is_mature then 'immature'
                when filled.value is null then 'no_data'
                else {{ status }}
            end as status
        from (
            select
                {{ figures }}.* exclude (
                    metric_id, statistic, month_no, dim_name, dim_value, numerator, value, n
                ),
                months.metric_id,
                months.statistic,
                months.month_no,
                months.dim_name,
                months.dim_value,
                coalesce({{ figures }}.numerator, case when {{ is_zero }} then 0 end) as numerator,
                coalesce({{ figures }}.value, case when {{ is_zero }} then 0 end) as value,
                coalesce({{ figures }}.n, 0) as n,
                {{ matures_at or local_midnight(month_start('months.month_no + 1')) }} <= {{ as_of() }}
                    as is_mature
            from (
                select
                    series.metric_id,
                    series.statistic,
                    series.dim_name,
                    series.dim_value,
                    {{ each_integer('series.first_month_no', month_index_of(as_of()) ~ ' + 1') }}
                        as month_no
                from (
                    select
                        metric_id,
                        statistic,
                        dim_name,
                        dim_value,
                        min(month_no) as first_month_no
                    from {{ figures }}
                    group by metric_id, statistic, dim_name, dim_value
                ) as series
            ) as months
            left join {{ figures }}
                on
                    months.metric_id = {{ figures }}.metric_id
                    and months.statistic = {{ figures }}.statistic
                    and months.dim_name = {{ figures }}.dim_name
                    and months.dim_value = {{ figures }}.dim_value
                    and months.month_no = {{ figures }}.month_no
        ) as filled
    ) as shown
    where shown.month_no < {{ month_index_of(as_of()) }}
        or shown.dim_name in ('all', 'measurement_level', 'platform')
{%- endmacro %}
