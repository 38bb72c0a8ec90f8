with

cells as (
    select * from {{ ref('trial_month') }}
),

statistics as (
    select names.statistic
    from (values ('mean'), ('median'), ('p90')) as names (statistic)
),

figures as (
    select
        'trial_to_paid_rate' as metric_id,
        'value' as statistic,
        month_no,
        dim_name,
        dim_value,
        is_mature as are_trials_over,
        converted_n as numerator,
        trials_n as denominator,
        converted_n / trials_n as value,
        trials_n as n
    from cells
    union all
    select
        'time_to_paid_days' as metric_id,
        statistics.statistic,
        cells.month_no,
        cells.dim_name,
        cells.dim_value,
        cells.is_mature as are_trials_over,
        case when statistics.statistic = 'mean' then cells.days_sum end as numerator,
        case when statistics.statistic = 'mean' then cells.converted_n end as denominator,
        case statistics.statistic
            when 'mean' then cells.days_sum / nullif(cells.converted_n, 0)
            when 'median' then cells.days_median
            else cells.days_p90
        end as value,
        cells.converted_n as n
    from cells
    cross join statistics
),

final as (
    {{ monthly_figures(
        'figures',
        matures_at="case when not coalesce(figures.are_trials_over, true) then "
        ~ end_of_time() ~ " else " ~ local_midnight(month_start('months.month_no + 1')) ~ " end",
    ) }}
)

select * from final
