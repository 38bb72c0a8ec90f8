with

families as (
    select * from {{ ref('metric_customer_base') }}
    union all
    select * from {{ ref('metric_mrr') }}
    union all
    select * from {{ ref('metric_churn') }}
    union all
    select * from {{ ref('metric_cohort') }}
    union all
    select * from {{ ref('metric_price') }}
    union all
    select * from {{ ref('metric_price_waterfall') }}
    union all
    select * from {{ ref('metric_service') }}
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
            and families.dim_value = targets.dim_value
            and families.dim_name in ('all', 'service', 'branch', 'team', 'country')
            and (targets.dim_value <> 'all' or families.dim_name = 'all')
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
