with

units as (
    select
        *,
        not is_hidden as is_shown,
        greatest(company_rate - {{ z95() }} * standard_error, 0) as lower_95,
        least(company_rate + {{ z95() }} * standard_error, 1) as upper_95,
        greatest(company_rate - {{ z998() }} * standard_error, 0) as lower_998,
        least(company_rate + {{ z998() }} * standard_error, 1) as upper_998
    from {{ ref('benchmark_unit_month') }}
),

placed as (
    select
        *,
        case
            when not is_shown then null
            when standardised_rate > upper_998 then 'above_998'
            when standardised_rate > upper_95 then 'above_95'
            when standardised_rate < lower_998 then 'below_998'
            when standardised_rate < lower_95 then 'below_95'
            else 'within'
        end as position
    from units
),

-- Good three times in half a year is worth a visit; good once is luck.
final as (
    select
        {{ month_start('month_no') }} as month,
        metric_id,
        measurement_level,
        unit,
        n,
        case when is_shown then met_n end as met_n,
        cast(case when is_shown then raw_rate end as decimal(9, 6)) as raw_rate,
        cast(case when is_shown then {{ wilson('met_n', 'n', -1) }} end as decimal(9, 6)) as ci_low,
        cast(case when is_shown then {{ wilson('met_n', 'n', 1) }} end as decimal(9, 6)) as ci_high,
        cast(case when is_shown then standardised_rate end as decimal(9, 6)) as standardised_rate,
        cast(case when is_shown then shrunken_rate end as decimal(9, 6)) as shrunken_rate,
        cast(company_rate as decimal(9, 6)) as company_rate,
        cast(lower_95 as decimal(9, 6)) as lower_95,
        cast(upper_95 as decimal(9, 6)) as upper_95,
        cast(lower_998 as decimal(9, 6)) as lower_998,
        cast(upper_998 as decimal(9, 6)) as upper_998,
        position,
        count(*) filter (where position in ('above_95', 'above_998')) over (
            partition by metric_id, measurement_level, unit
            order by month_no asc nulls last
            range between 5 preceding and current row
        ) >= 3 as is_best_practice_candidate,
        case when is_hidden then 'suppressed' else {{ small_sample_status('n') }} end as status,
        {{ mart_lineage() }}
    from placed
)

select * from final
