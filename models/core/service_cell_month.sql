{{ config(materialized='view') }}

with

measures as (
    select * from {{ ref('service_ticket_measure') }}
    union all
    select * from {{ ref('service_mark_measure') }}
    union all
    select * from {{ ref('service_contact_measure') }}
    union all
    select * from {{ ref('service_case_measure') }}
    union all
    select * from {{ ref('service_sla_measure') }}
    union all
    select * from {{ ref('service_review_measure') }}
    union all
    select * from {{ ref('service_survey_measure') }}
),

teams as (
    select * from {{ ref('dim_team_month') }}
),

named as (
    select
        measures.metric_id,
        measures.statistic,
        measures.is_count,
        measures.month_no,
        {{ named_dimensions('measures') }},
        measures.numerator,
        measures.denominator
    from measures
    left join teams on measures.team = teams.team and measures.month_no = teams.month_no
),

final as (
    select
        metric_id,
        statistic,
        is_count,
        month_no,
        {{ service_dimension() }},
        cast(sum(numerator) as decimal(38, 9)) as numerator,
        cast(sum(denominator) as decimal(38, 9)) as denominator
    from named
    {{ by_service_dimension() }}
)

select * from final
