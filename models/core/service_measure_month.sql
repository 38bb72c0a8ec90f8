with

measures as (
    select
        metric_id,
        month_no,
        {{ unknown_if_null('channel') }} as channel,
        {{ unknown_if_null('team') }} as team,
        {{ unknown_if_null('topic') }} as topic,
        {{ unknown_if_null('priority') }} as priority,
        numerator,
        denominator
    from {{ ref('service_ticket_measure') }}
    union all
    -- A call has no priority.
    select
        metric_id,
        month_no,
        {{ unknown_if_null('channel') }} as channel,
        {{ unknown_if_null('team') }} as team,
        {{ unknown_if_null('topic') }} as topic,
        'unknown' as priority,
        numerator,
        denominator
    from {{ ref('service_contact_measure') }}
),

rolled as (
    select
        metric_id,
        month_no,
        {{ service_dimension() }},
        cast(sum(numerator) as decimal(38, 9)) as numerator,
        cast(sum(denominator) as decimal(38, 9)) as denominator
    from measures
    {{ by_service_dimension() }}
),

-- Every closed month since the dimension's value was first seen, so that a zero is a row.
first_seen as (
    select
        dim_name,
        dim_value,
        min(month_no) as first_month_no
    from rolled
    group by dim_name, dim_value
),

series as (
    select distinct
        rolled.metric_id,
        rolled.dim_name,
        rolled.dim_value,
        first_seen.first_month_no
    from rolled
    inner join first_seen
        on rolled.dim_name = first_seen.dim_name and rolled.dim_value = first_seen.dim_value
),

months as (
    select
        metric_id,
        dim_name,
        dim_value,
        {{ each_integer('first_month_no', month_index_of(as_of())) }} as month_no
    from series
),

final as (
    select
        months.metric_id,
        months.month_no,
        months.dim_name,
        months.dim_value,
        case
            when months.metric_id = 'ticket_backlog'
                then
                    sum(coalesce(rolled.numerator, 0)) over (
                        partition by months.metric_id, months.dim_name, months.dim_value
                        order by months.month_no asc nulls last
                        rows between unbounded preceding and current row
                    )
            else coalesce(rolled.numerator, 0)
        end as numerator,
        case
            when months.metric_id in ('request_volume', 'ticket_backlog', 'blocked_calls') then null
            else coalesce(rolled.denominator, 0)
        end as denominator
    from months
    left join rolled
        on
            months.metric_id = rolled.metric_id
            and months.month_no = rolled.month_no
            and months.dim_name = rolled.dim_name
            and months.dim_value = rolled.dim_value
)

select * from final
