with

cells as (
    select
        cells.*,
        case when cells.is_hidden then 'suppressed' else {{ small_sample_status('cells.n') }} end
            as status,
        not cells.is_hidden as is_shown,
        cells.instrument in ('nps', 'enps') as is_nps,
        weights.bucket_sum,
        weights.customers_n,
        weights.weighted_sum,
        weights.weight_eur,
        coalesce(weights.identified_n >= cells.min_n and not cells.is_hidden, false) as is_weighed
    from {{ ref('cx_cell_shown') }} as cells
    left join {{ ref('cx_customer_weight') }} as weights
        on
            cells.month_no = weights.month_no
            and cells.measurement_level = weights.measurement_level
            and cells.instrument = weights.instrument
            and cells.touchpoint = weights.touchpoint
            and cells.unit = weights.unit
            and cells.market = weights.market
            and cells.segment = weights.segment
),

-- Points for a recommendation, a mean for effort, a share for the others; their intervals likewise.
scored as (
    select
        *,
        case
            when is_nps then 100.0 * (good_n - bad_n) / n
            when instrument = 'ces' then score_sum / n
            else good_n / n
        end as score,
        case
            when is_nps then {{ nps_interval('good_n', 'bad_n', 'n', -1) }}
            when instrument = 'ces' then {{ mean_interval('score_sum', 'score_squares', 'n', -1) }}
            else {{ wilson('good_n', 'n', -1) }}
        end as ci_low,
        case
            when is_nps then {{ nps_interval('good_n', 'bad_n', 'n', 1) }}
            when instrument = 'ces' then {{ mean_interval('score_sum', 'score_squares', 'n', 1) }}
            else {{ wilson('good_n', 'n', 1) }}
        end as ci_high
    from cells
),

final as (
    select
        {{ month_start('month_no') }} as month,
        measurement_level,
        touchpoint,
        unit,
        market,
        segment,
        instrument,
        n,
        case when is_shown and is_nps then good_n end as promoters_n,
        case when is_shown and is_nps then neutral_n end as passives_n,
        case when is_shown and is_nps then bad_n end as detractors_n,
        case when is_shown and not is_nps then good_n end as satisfied_n,
        case when is_shown and not is_nps then bad_n end as dissatisfied_n,
        cast(case when is_shown then score end as decimal(18, 6)) as score,
        cast(case when is_shown then score_sum / n end as decimal(18, 6)) as mean_score,
        cast(case when is_shown then ci_low end as decimal(18, 6)) as ci_low,
        cast(case when is_shown then ci_high end as decimal(18, 6)) as ci_high,
        is_scale_mixed as scale_mixed,
        status,
        cast(case when is_weighed then 100 * bucket_sum / customers_n end as decimal(18, 6))
            as score_account,
        cast(
            case when is_weighed then 100 * weighted_sum / nullif(weight_eur, 0) end
            as decimal(18, 6)
        ) as score_revenue,
        case when is_shown and instrument = 'expectation' then exceeded_n end as exceeded_n,
        {{ mart_lineage() }}
    from scored
)

select * from final
