with

durations as (
    select * from {{ ref('service_duration_month') }}
    -- Cells are read where they are (marts.service_kpi): as six rows each they would be most of all
    -- figures, only to become one row again.
    where month_no < {{ month_index_of(as_of()) }} and dim_name <> 'cell'
),

-- Every closed month since the dimension's value was first seen, also without an answer or a solve.
series as (
    select
        metric_id,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        min(month_no) as first_month_no
    from durations
    group by metric_id, dim_name, dim_value, channel, team, topic, priority
),

months as (
    select
        metric_id,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        {{ each_integer('first_month_no', month_index_of(as_of())) }} as month_no
    from series
),

statistics as (
    select names.statistic
    from (
        values
        ('mean_calendar'),
        ('mean_business'),
        ('median_calendar'),
        ('median_business'),
        ('p90_calendar'),
        ('p90_business')
    ) as names (statistic)
),

final as (
    select
        months.metric_id,
        statistics.statistic,
        months.month_no,
        months.dim_name,
        months.dim_value,
        months.channel,
        months.team,
        months.topic,
        months.priority,
        coalesce(durations.n, 0) as n,
        -- A mean is a quotient of sums; a quantile is not.
        case statistics.statistic
            when 'mean_calendar' then durations.sum_calendar
            when 'mean_business' then durations.sum_business
        end as numerator,
        case when statistics.statistic like 'mean%' then durations.n end as denominator,
        case statistics.statistic
            when 'mean_calendar' then durations.sum_calendar / durations.n
            when 'mean_business' then durations.sum_business / durations.n
            when 'median_calendar' then durations.median_calendar
            when 'median_business' then durations.median_business
            when 'p90_calendar' then durations.p90_calendar
            when 'p90_business' then durations.p90_business
        end as value
    from months
    cross join statistics
    left join durations
        on
            months.metric_id = durations.metric_id
            and months.month_no = durations.month_no
            and months.dim_name = durations.dim_name
            and months.dim_value = durations.dim_value
)

select * from final
