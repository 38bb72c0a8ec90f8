with

figures as (
    select * from {{ ref('service_shown_figure') }}
    where dim_name <> 'cell' and metric_id <> 'on_hold_s'
),

closed_months as (
    select
        metric_id,
        statistic,
        'month' as period_grain,
        {{ month_start('month_no') }} as period_start,
        dim_name,
        dim_value,
        numerator,
        denominator,
        value,
        n,
        status,
        is_mature
    from figures
),

running_month as (
    select distinct
        metric_id,
        statistic,
        'month' as period_grain,
        {{ month_start(month_index_of(as_of())) }} as period_start,
        'all' as dim_name,
        'all' as dim_value,
        cast(null as decimal(38, 9)) as numerator,
        cast(null as decimal(38, 9)) as denominator,
        cast(null as decimal(38, 9)) as value,
        cast(null as bigint) as n,
        'immature' as status,
        false as is_mature
    from figures
),

-- Who waits is asked now, not only at the end of a month (8.4).
waiting_now as (
    select
        'open_cases' as metric_id,
        'value' as statistic,
        'as_of' as period_grain,
        {{ local_date(as_of()) }} as period_start,
        dim_name,
        dim_value,
        waiting_n as numerator,
        cast(null as decimal(38, 9)) as denominator,
        waiting_n as value,
        waiting_n as n,
        'ok' as status,
        true as is_mature
    from {{ ref('service_waiting_month') }}
    where month_no = {{ month_index_of(as_of()) }} and dim_name <> 'cell'
),

-- Nobody waiting is a figure too, where messages tell of it.
nobody_waiting as (
    select
        'open_cases' as metric_id,
        'value' as statistic,
        'as_of' as period_grain,
        {{ local_date(as_of()) }} as period_start,
        'all' as dim_name,
        'all' as dim_value,
        0 as numerator,
        cast(null as decimal(38, 9)) as denominator,
        0 as value,
        0 as n,
        'ok' as status,
        true as is_mature
    from figures
    where metric_id = 'open_cases' and not exists (select 1 from waiting_now)
    limit 1
),

periods as (
    select * from closed_months
    union all
    select * from running_month
    union all
    select * from waiting_now
    union all
    select * from nobody_waiting
),

final as (
    select
        metric_id,
        statistic,
        period_grain,
        period_start,
        dim_name,
        dim_value,
        cast(numerator as decimal(38, 9)) as numerator,
        cast(denominator as decimal(38, 9)) as denominator,
        cast(value as decimal(38, 9)) as value,
        cast(n as bigint) as n,
        -- A survey shows how sure it is (R11).
        case
            when metric_id = 'fcr_survey' and value is not null
                then cast({{ wilson('numerator', 'denominator', -1) }} as decimal(38, 9))
        end as ci_low,
        case
            when metric_id = 'fcr_survey' and value is not null
                then cast({{ wilson('numerator', 'denominator', 1) }} as decimal(38, 9))
        end as ci_high,
        status,
        is_mature
    from periods
)

select * from final
