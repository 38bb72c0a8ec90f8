{#- A sum as it is, a ratio by its denominator. -#}
{% macro metric_figure(valued) -%}
    cast(
        case
            when not {{ valued }}.is_ratio then {{ valued }}.numerator
            else {{ valued }}.numerator / nullif({{ valued }}.denominator, 0)
        end as decimal(38, 9)
    )
{%- endmacro %}

{% macro metric_status(valued) -%}
    case
        when {{ valued }}.numerator is null then 'no_data'
        when {{ valued }}.is_ratio and coalesce({{ valued }}.denominator, 0) = 0 then 'no_data'
        else 'ok'
    end
{%- endmacro %}

{#- The same for metrics of other grains than the month. `valued` has statistic, period_grain,
    period_start and is_mature besides; what is not mature keeps no figure. -#}
{% macro metric_rows(valued) -%}
    select
        valued.metric_id,
        valued.statistic,
        valued.period_grain,
        valued.period_start,
        valued.dim_name,
        valued.dim_value,
        cast(case when valued.is_mature then valued.numerator end as decimal(38, 9)) as numerator,
        cast(
            case when valued.is_mature and valued.is_ratio then valued.denominator end
            as decimal(38, 9)
        ) as denominator,
        case when valued.is_mature then {{ metric_figure('valued') }} end as value,
        cast(case when valued.is_mature then valued.n end as bigint) as n,
        cast(null as decimal(38, 9)) as ci_low,
        cast(null as decimal(38, 9)) as ci_high,
        case when valued.is_mature then {{ metric_status('valued') }} else 'immature' end as status,
        valued.is_mature,
    from {{ valued }} as valued
{%- endmacro %}

{#- The rows of one metric family in the common shape of core.metric_*.
    `valued` has metric_id, month, dim_name, dim_value, is_ratio, numerator, denominator, n for every
    closed month; the running month gets its row per metric, without a figure. -#}
{% macro metric_family(valued) -%}
    select
        valued.metric_id,
        'value' as statistic,
        'month' as period_grain,
        valued.month as period_start,
        valued.dim_name,
        valued.dim_value,
        cast(valued.numerator as decimal(38, 9)) as numerator,
        cast(case when valued.is_ratio then valued.denominator end as decimal(38, 9))
            as denominator,
        {{ metric_figure('valued') }} as value,
        cast(valued.n as bigint) as n,
        cast(null as decimal(38, 9)) as ci_low,
        cast(null as decimal(38, 9)) as ci_high,
        {{ metric_status('valued') }} as status,
        true as is_mature,
    from {{ valued }} as valued
    union all
    select distinct
        valued.metric_id,
        'value' as statistic,
        'month' as period_grain,
        {{ month_start(month_index_of(as_of())) }} as period_start,
        'all' as dim_name,
        'all' as dim_value,
        cast(null as decimal(38, 9)) as numerator,
        cast(null as decimal(38, 9)) as denominator,
        cast(null as decimal(38, 9)) as value,
        cast(null as bigint) as n,
        cast(null as decimal(38, 9)) as ci_low,
        cast(null as decimal(38, 9)) as ci_high,
        'immature' as status,
        false as is_mature,
    from {{ valued }} as valued
{%- endmacro %}
