-- The tickets at the edge of a month are few: those that were unsolved then.
-- depends_on: {{ ref('changed_service_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_restocked('month_no', 'month') }}",
    )
}}

with

spans as (
    select
        *,
        {{ restocked_from(month_index('from_on'), 'month') }} as first_month_no,
        coalesce({{ month_index('to_on') }}, {{ month_index_of(as_of()) }}) as solved_month_no
    from {{ ref('fct_ticket_open_span') }}
),

edges as (
    select
        *,
        {{ each_integer('first_month_no', 'solved_month_no') }} as month_no
    from spans
    where first_month_no < solved_month_no
),

teams as (
    select * from {{ ref('dim_team_month') }}
),

aged as (
    select
        edges.month_no,
        {{ named_dimensions('edges') }},
        {{ days_between('edges.created_on', month_start('edges.month_no + 1')) }} as age_days,
        case
            when
                edges.asked_on < {{ month_start('edges.month_no + 1') }}
                and coalesce(
                    edges.replied_on >= {{ month_start('edges.month_no + 1') }}, true
                )
                then {{ days_between('edges.asked_on', month_start('edges.month_no + 1')) }}
        end as unanswered_days
    from edges
    left join teams on edges.team = teams.team and edges.month_no = teams.month_no
),

final as (
    select
        month_no,
        {{ service_dimension() }},
        count(*) as backlog_n,
        cast({{ quantile('age_days', 0.5) }} as decimal(38, 9)) as median_age_days,
        count(*) filter (where age_days <= 1) as age_0_1_n,
        count(*) filter (where age_days between 2 and 7) as age_2_7_n,
        count(*) filter (where age_days between 8 and 30) as age_8_30_n,
        count(*) filter (where age_days > 30) as age_over_30_n,
        count(unanswered_days) as unanswered_n,
        max(unanswered_days) as oldest_unanswered_days
    from aged
    {{ by_service_dimension('month_no') }}
)

select * from final
