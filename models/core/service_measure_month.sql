with

seen as (
    select
        metric_id,
        statistic,
        is_count,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        numerator,
        denominator
    from {{ ref('service_cell_month') }}
    union all
    select
        metric_id,
        statistic,
        true as is_count,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        numerator,
        0 as denominator
    from {{ ref('service_stock_month') }}
    union all
    select
        'occupancy' as metric_id,
        'value' as statistic,
        false as is_count,
        month_no,
        dim_name,
        dim_value,
        'all' as channel,
        team,
        'all' as topic,
        'all' as priority,
        handling_s as numerator,
        ready_s as denominator
    from {{ ref('service_occupancy_month') }}
),

measured as (
    select
        metric_id,
        statistic,
        is_count,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        cast(sum(numerator) as decimal(38, 9)) as numerator,
        cast(sum(denominator) as decimal(38, 9)) as denominator
    from seen
    where month_no < {{ month_index_of(as_of()) }}
    group by all
),

-- Every closed month since the dimension's value was first seen, so that a zero is a row. Cells are
-- too many for that: what did not happen in a cell has no row there.
first_seen as (
    select
        dim_name,
        dim_value,
        min(month_no) as first_month_no
    from measured
    where dim_name <> 'cell'
    group by dim_name, dim_value
),

series as (
    select distinct
        measured.metric_id,
        measured.statistic,
        measured.is_count,
        measured.dim_name,
        measured.dim_value,
        measured.channel,
        measured.team,
        measured.topic,
        measured.priority,
        first_seen.first_month_no
    from measured
    inner join first_seen
        on measured.dim_name = first_seen.dim_name and measured.dim_value = first_seen.dim_value
),

months as (
    select
        *,
        {{ each_integer('first_month_no', month_index_of(as_of())) }} as month_no
    from series
),

final as (
    select
        months.metric_id,
        months.statistic,
        months.is_count,
        months.month_no,
        months.dim_name,
        months.dim_value,
        months.channel,
        months.team,
        months.topic,
        months.priority,
        coalesce(measured.numerator, 0) as numerator,
        coalesce(measured.denominator, 0) as denominator
    from months
    left join measured
        on
            months.metric_id = measured.metric_id
            and months.statistic = measured.statistic
            and months.month_no = measured.month_no
            and months.dim_name = measured.dim_name
            and months.dim_value = measured.dim_value
    union all
    select
        metric_id,
        statistic,
        is_count,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        numerator,
        denominator
    from measured
    where dim_name = 'cell'
)

select * from final
