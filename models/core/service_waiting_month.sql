-- depends_on: {{ ref('changed_service_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_restocked('month_no', 'month') }}",
    )
}}

with

waits as (
    select
        *,
        {{ restocked_from(month_index('from_on'), 'month') }} as first_month_no,
        coalesce({{ month_index('to_on') }}, {{ month_index_of(as_of()) }}) as until_month_no
    from {{ ref('fct_customer_wait') }}
),

-- At the edge of a month; and now, which stands as the running month.
edges as (
    select
        requester,
        channel,
        team,
        topic,
        priority,
        is_later_turn,
        {{ each_integer('first_month_no', 'until_month_no') }} as month_no
    from waits
    where first_month_no < until_month_no
    union all
    select
        requester,
        channel,
        team,
        topic,
        priority,
        is_later_turn,
        {{ month_index_of(as_of()) }} as month_no
    from waits
    where to_on is null
),

teams as (
    select * from {{ ref('dim_team_month') }}
),

named as (
    select
        edges.month_no,
        edges.requester,
        edges.is_later_turn,
        {{ named_dimensions('edges') }}
    from edges
    left join teams on edges.team = teams.team and edges.month_no = teams.month_no
),

-- One customer, however many tickets are waiting (8.4).
final as (
    select
        month_no,
        {{ service_dimension() }},
        count(distinct requester) as waiting_n,
        count(*) filter (where is_later_turn) as turns_n
    from named
    {{ by_service_dimension('month_no') }}
)

select * from final
