with

families as (
    select * from {{ ref('metric_customer_base') }}
    union all
    select * from {{ ref('metric_mrr') }}
    union all
    select * from {{ ref('metric_churn') }}
    union all
    select * from {{ ref('metric_churn_by_nps') }}
    union all
    select * from {{ ref('metric_cohort') }}
    union all
    select * from {{ ref('metric_retention_period') }}
    union all
    select * from {{ ref('metric_survival') }}
    union all
    select * from {{ ref('metric_standing') }}
    union all
    select * from {{ ref('metric_growth') }}
    union all
    select * from {{ ref('metric_revenue_volatility') }}
    union all
    select * from {{ ref('metric_repeat_purchase') }}
    union all
    select * from {{ ref('metric_acquisition') }}
    union all
    select * from {{ ref('metric_lifetime_value') }}
    union all
    select * from {{ ref('metric_price') }}
    union all
    select * from {{ ref('metric_price_waterfall') }}
    union all
    select * from {{ ref('metric_service') }}
    union all
    select * from {{ ref('metric_voice') }}
    union all
    select * from {{ ref('metric_use') }}
    union all
    select * from {{ ref('metric_trial') }}
    union all
    select * from {{ ref('metric_referral') }}
    union all
    select * from {{ ref('metric_benchmark') }}
),

catalogue as (
    select * from {{ ref('metric_catalogue') }}
),

-- A target holds from its first day for the periods that begin then or later; without a unit it is
-- the company's.
targets as (
    select
        metric_targets.*,
        coalesce(metric_targets.unit, 'all') as dim_value,
        lead(metric_targets.valid_from) over (
            partition by metric_targets.metric_id, metric_targets.unit
            order by metric_targets.valid_from nulls last
        ) as valid_to,
    from {{ ref('metric_targets') }} as metric_targets
),

targeted as (
    select
        families.*,
        targets.target,
        targets.owner,
        catalogue.direction,
    from families
    left join catalogue on families.metric_id = catalogue.id
    left join targets
        on
            families.metric_id = targets.metric_id
            -- What is asked of customers has no company row; its levels are its totals.
            and targets.dim_value = case
                when families.dim_name = 'measurement_level' then 'all' else families.dim_value
            end
            and families.dim_name in (
                'all', 'measurement_level', 'service', 'branch', 'team', 'country', 'unit'
            )
            and (targets.dim_value <> 'all' or families.dim_name in ('all', 'measurement_level'))
            -- A target of a month is none of the quarter or the year around it.
            and (
                families.period_grain not in ('quarter', 'rolling_12m')
                or catalogue.month_by like 'rolling%'
            )
            and {{ is_valid_at('targets', local_midnight('families.period_start')) }}
),

final as (
    select
        targeted.metric_id,
        targeted.statistic,
        '{{ var("metric_version") }}' as metric_version,
        targeted.period_grain,
        targeted.period_start,
        targeted.dim_name,
        targeted.dim_value,
        targeted.numerator,
        targeted.denominator,
        targeted.value,
        targeted.n,
        targeted.ci_low,
        targeted.ci_high,
        targeted.status,
        targeted.is_mature,
        {{ as_of() }} as as_of,
        cast(targeted.target as decimal(38, 9)) as target,
        case
            when targeted.direction = 'up' then targeted.value >= targeted.target
            when targeted.direction = 'down' then targeted.value <= targeted.target
        end as is_target_attained,
        targeted.owner,
        {{ run_id() }} as run_id,
    from targeted
)

select * from final
