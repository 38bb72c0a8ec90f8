with

cohorts as (
    select * from {{ ref('cohort_month') }}
),

first_losses as (
    select * from {{ ref('survival_duration') }}
    where is_lost
),

-- The whole cohort and each single dimension; a non-contractual customer starts on no plan.
cells as (
    select
        cohorts.basis,
        cohorts.cohort_index,
        cohorts.month_index,
        {{ single_cut(cohort_dimensions(), 'cohorts') }},
        cast(sum(cohorts.n_i) as bigint) as n_i,
        {{ sum_money('cohorts.eur_i') }} as eur_i,
        cast(sum(cohorts.capped_eur_i) as decimal(18, 6)) as capped_eur_i,
    from cohorts
    {{ by_single_cut(['basis', 'cohort_index', 'month_index'], cohort_dimensions(), 'cohorts') }}
    having {{ has_dimension(cohort_dimensions(), 'cohorts') }}
),

left_cells as (
    select
        first_losses.cohort_index,
        first_losses.tenure_month,
        {{ single_cut(cohort_dimensions(), 'first_losses') }},
        cast(sum(first_losses.customers_n) as bigint) as left_n,
    from first_losses
    {{ by_single_cut(['cohort_index', 'tenure_month'], cohort_dimensions(), 'first_losses') }}
    having {{ has_dimension(cohort_dimensions(), 'first_losses') }}
),

-- Who was gone at the closing of month 0 and stands in no cell (METRICS 4.7); without a balance
-- they have no plan to be told by.
gone as (
    select
        {{ month_index('intramonth.month') }} as cohort_index,
        {{ single_cut(customer_dimensions(), 'intramonth') }},
        count(*) as customers_n,
    from {{ ref('intramonth_churn') }} as intramonth
    {{ by_single_cut(['month'], customer_dimensions(), 'intramonth') }}
),

running_month as (
    select {{ month_index_of(as_of()) }} as month_index
),

-- Every index up to the running month, whose cell is not known yet.
skeleton as (
    select
        cells.basis,
        cells.cohort_index,
        cells.dim_name,
        cells.dim_value,
        cells.n_i as n0,
        cells.eur_i as base_eur,
        running_month.month_index - cells.cohort_index as immature_index,
        {{ each_integer('0', 'running_month.month_index - cells.cohort_index + 1') }}
            as month_index,
    from cells
    cross join running_month
    where cells.month_index = 0
),

final as (
    select
        skeleton.basis,
        {{ month_start('skeleton.cohort_index') }} as cohort_month,
        cast(skeleton.month_index as integer) as month_index,
        skeleton.dim_name,
        skeleton.dim_value,
        skeleton.n0,
        skeleton.base_eur,
        case
            when
                skeleton.basis = 'mrr'
                and skeleton.dim_name in (
                    'all',
                    {% for dimension in customer_dimensions() -%}
                        '{{ dimension }}'{{ ',' if not loop.last }}
                    {% endfor %}
                )
                then coalesce(gone.customers_n, 0)
        end as month0_loss_n,
        case when skeleton.month_index < skeleton.immature_index then coalesce(cells.n_i, 0) end
            as n_i,
        case when skeleton.month_index < skeleton.immature_index then coalesce(cells.eur_i, 0) end
            as eur_i,
        case
            when skeleton.month_index < skeleton.immature_index and skeleton.basis = 'mrr'
                then coalesce(cells.capped_eur_i, 0)
        end as capped_eur_i,
        -- Who came back is in n_i again, and has left all the same.
        case
            when skeleton.month_index < skeleton.immature_index and skeleton.basis = 'mrr'
                then
                    skeleton.n0
                    - cast(
                        sum(coalesce(left_cells.left_n, 0)) over (
                            partition by
                                skeleton.basis,
                                skeleton.cohort_index,
                                skeleton.dim_name,
                                skeleton.dim_value
                            order by skeleton.month_index nulls last
                            rows between unbounded preceding and current row
                        ) as bigint
                    )
        end as never_left_n,
        skeleton.month_index < skeleton.immature_index as is_mature,
    from skeleton
    left join cells
        on
            skeleton.basis = cells.basis
            and skeleton.cohort_index = cells.cohort_index
            and skeleton.month_index = cells.month_index
            and skeleton.dim_name = cells.dim_name
            and skeleton.dim_value = cells.dim_value
    left join left_cells
        on
            skeleton.basis = 'mrr'
            and skeleton.cohort_index = left_cells.cohort_index
            and skeleton.month_index = left_cells.tenure_month
            and skeleton.dim_name = left_cells.dim_name
            and skeleton.dim_value = left_cells.dim_value
    left join gone
        on
            skeleton.basis = 'mrr'
            and skeleton.cohort_index = gone.cohort_index
            and skeleton.dim_name = gone.dim_name
            and skeleton.dim_value = gone.dim_value
)

select * from final
