with

months as (
    select * from {{ ref('dim_month') }}
),

customers as (
    select
        fct_customer_month.*,
        {{ month_index('fct_customer_month.month') }} as month_index,
    from {{ ref('fct_customer_month') }} as fct_customer_month
),

adjustments as (
    select * from {{ ref('retention_revaluation') }}
),

-- Calendar quarters, and the twelve months that end with each month.
periods as (
    select
        'quarter' as period_grain,
        months.month_index as first_index,
        months.month_index + 2 as last_index,
    from months
    where months.month_index % 3 = 0
    union all
    select
        'rolling_12m' as period_grain,
        months.month_index as first_index,
        months.month_index + 11 as last_index,
    from months
),

closed_periods as (
    select periods.*
    from periods
    inner join months on periods.last_index = months.month_index
    where months.is_closed
),

-- Who is open at the period's beginning, and what is left of it at its end, at the rate of the
-- beginning: a swing of a currency is no churn (METRICS R6).
kept as (
    select
        closed_periods.period_grain,
        closed_periods.first_index,
        starts.segment,
        starts.customer_type,
        starts.region,
        starts.acquisition_source,
        starts.opening_mrr_eur,
        ends.customer_id is not null as is_kept,
        coalesce(ends.closing_mrr_eur + coalesce(adjustments.difference_eur, 0), 0)
            as closing_mrr_eur,
    from closed_periods
    inner join customers as starts
        on closed_periods.first_index = starts.month_index and starts.is_open_start
    left join customers as ends
        on
            closed_periods.last_index = ends.month_index
            and starts.customer_id = ends.customer_id
            and ends.is_open_end
    left join adjustments
        on
            closed_periods.first_index = adjustments.first_index
            and closed_periods.last_index = adjustments.last_index
            and starts.customer_id = adjustments.customer_id
),

bases as (
    select
        kept.period_grain,
        kept.first_index,
        kept.segment,
        kept.customer_type,
        kept.region,
        kept.acquisition_source,
        count(*) as opening_n,
        count(*) filter (where kept.is_kept) as kept_n,
        {{ sum_money('kept.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('kept.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('least(kept.opening_mrr_eur, kept.closing_mrr_eur)') }}
            as capped_mrr_eur,
    from kept
    group by
        kept.period_grain,
        kept.first_index,
        kept.segment,
        kept.customer_type,
        kept.region,
        kept.acquisition_source
),

cells as (
    select
        bases.period_grain,
        bases.first_index,
        {{ single_cut(customer_dimensions(), 'bases') }},
        cast(sum(bases.opening_n) as bigint) as opening_n,
        cast(sum(bases.kept_n) as bigint) as kept_n,
        {{ sum_money('bases.opening_mrr_eur') }} as opening_mrr_eur,
        {{ sum_money('bases.closing_mrr_eur') }} as closing_mrr_eur,
        {{ sum_money('bases.capped_mrr_eur') }} as capped_mrr_eur,
    from bases
    {{ by_single_cut(['period_grain', 'first_index'], customer_dimensions(), 'bases') }}
),

final as (
    select
        cells.period_grain,
        {{ month_start('cells.first_index') }} as period_start,
        cells.dim_name,
        cells.dim_value,
        cells.opening_n,
        cells.kept_n,
        cells.opening_mrr_eur,
        cells.closing_mrr_eur,
        cells.capped_mrr_eur,
    from cells
)

select * from final
