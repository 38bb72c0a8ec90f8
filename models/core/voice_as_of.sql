with

answered as (
    select
        touchpoint,
        max({{ local_date('submitted_at') }}) as last_on
    from {{ ref('fct_survey_response') }}
    where exclusion_reason is null and instrument <> 'enps' and touchpoint is not null
    group by touchpoint
),

touchpoints as (
    select touchpoint from {{ ref('touchpoints') }}
    union
    select touchpoint from answered
),

dated as (
    select
        touchpoints.touchpoint,
        {{ days_between('answered.last_on', local_date(as_of())) }} as days
    from touchpoints
    left join answered on touchpoints.touchpoint = answered.touchpoint
),

final as (
    select
        'touchpoint_freshness_days' as metric_id,
        'value' as statistic,
        'as_of' as period_grain,
        {{ local_date(as_of()) }} as period_start,
        'touchpoint' as dim_name,
        touchpoint as dim_value,
        cast(days as decimal(38, 9)) as numerator,
        cast(null as decimal(38, 9)) as denominator,
        cast(days as decimal(38, 9)) as value,
        cast(null as bigint) as n,
        cast(null as decimal(38, 9)) as ci_low,
        cast(null as decimal(38, 9)) as ci_high,
        case when days is null then 'no_data' else 'ok' end as status,
        true as is_mature
    from dated
)

select * from final
