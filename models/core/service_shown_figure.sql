with

figures as (
    select
        *,
        -- A cell with a window waits until the window of its last ticket has passed (R9).
        {{ add_seconds(
            local_midnight(month_start('month_no + 1')), service_window_s()
        ) }} <= {{ as_of() }} as is_mature
    from {{ ref('service_figure') }}
),

judged as (
    select
        *,
        case
            when not is_mature then 'immature'
            when value is null then 'no_data'
            when metric_id = 'fcr_survey' then {{ small_sample_status('n') }}
            else 'ok'
        end as status
    from figures
),

-- With one cell of a total hidden, the next smallest is hidden too, or a subtraction would show it
-- (R11).
hidden_too as (
    select
        statistic,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority
    from judged
    where
        metric_id = 'fcr_survey'
        and dim_name <> 'all'
        and status in ('suppressed', 'low_n', 'ok')
    qualify
        count(*) filter (where status = 'suppressed') over (
            partition by statistic, month_no, dim_name
        ) = 1
        and row_number() over (
            partition by statistic, month_no, dim_name
            order by
                status = 'suppressed' desc nulls last, n asc nulls last, dim_value asc nulls last,
                team asc nulls last, channel asc nulls last, topic asc nulls last,
                priority asc nulls last
        ) = 2
),

-- Only surveys hide anything, and only their rows look for it.
marked as (
    select
        *,
        false as is_hidden_too
    from judged
    where metric_id <> 'fcr_survey'
    union all
    select
        judged.*,
        hidden_too.statistic is not null as is_hidden_too
    from judged
    left join hidden_too
        on
            judged.statistic = hidden_too.statistic
            and judged.month_no = hidden_too.month_no
            and judged.dim_name = hidden_too.dim_name
            and judged.dim_value = hidden_too.dim_value
            and judged.channel = hidden_too.channel
            and judged.team = hidden_too.team
            and judged.topic = hidden_too.topic
            and judged.priority = hidden_too.priority
    where judged.metric_id = 'fcr_survey'
),

final as (
    select
        metric_id,
        statistic,
        month_no,
        dim_name,
        dim_value,
        channel,
        team,
        topic,
        priority,
        case when is_mature and status <> 'suppressed' and not is_hidden_too then numerator end
            as numerator,
        case when is_mature and status <> 'suppressed' and not is_hidden_too then denominator end
            as denominator,
        case when is_mature and status <> 'suppressed' and not is_hidden_too then value end
            as value,
        case when is_mature then n end as n,
        case when is_hidden_too then 'suppressed' else status end as status,
        is_mature
    from marked
)

select * from final
