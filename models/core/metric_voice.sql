{%- set window_s = "case months.metric_id"
    ~ " when 'survey_response_rate' then " ~ var('response_maturity_days') ~ " * 86400"
    ~ " when 'closed_loop_rate' then " ~ var('closed_loop_hours') ~ " * 3600"
    ~ " when 'promoter_advocacy_rate' then " ~ var('advocacy_days') ~ " * 86400"
    ~ " else 0 end" -%}

with

-- Teams add up to the company, so one hidden team takes the next smallest with it (R11).
teams as (
    select
        *,
        case
            when metric_id = 'enps' then {{ var('enps_min_n') }} else {{ var('min_cell_n') }}
        end as min_n
    from {{ ref('voice_month') }}
),

sized as (
    select
        *,
        dim_name = 'team'
        and count(*) filter (where n < min_n) over (partition by metric_id, dim_name, month_no) = 1
        and row_number() over (
            partition by metric_id, dim_name, month_no, n < min_n
            order by n asc nulls last, dim_value asc nulls last
        ) = 1 as is_second
    from teams
),

monthly as (
    {{ monthly_figures(
        'sized',
        zero_if_silent=['promoter_count', 'detractor_count'],
        status="case when n = 0 then 'ok' when n < min_n or is_second then 'suppressed'"
        ~ " when n < " ~ var('low_n') ~ " then 'low_n' else 'ok' end",
        matures_at=add_seconds(local_midnight(month_start('months.month_no + 1')), window_s),
        has_interval=true,
    ) }}
),

final as (
    select * from monthly
    union all
    select * from {{ ref('voice_as_of') }}
)

select * from final
