with

cohorts as (
    select * from {{ ref('cohort_month') }}
),

-- The whole cohort and each single dimension; a non-contractual customer starts on no plan.
cells as (
    select
        cohorts.basis,
        cohorts.cohort_index,
        cohorts.month_index,
        case
            when grouping(cohorts.segment) = 0 then 'segment'
            when grouping(cohorts.plan) = 0 then 'plan'
            when grouping(cohorts.acquisition_source) = 0 then 'acquisition_source'
            else 'all'
        end as dim_name,
        coalesce(cohorts.segment, cohorts.plan, cohorts.acquisition_source, 'all') as dim_value,
        cast(sum(cohorts.n_i) as bigint) as n_i,
        {{ sum_money('cohorts.eur_i') }} as eur_i,
        cast(sum(cohorts.capped_eur_i) as decimal(18, 6)) as capped_eur_i,
    from cohorts
    group by
        grouping sets (
            (cohorts.basis, cohorts.cohort_index, cohorts.month_index),
            (cohorts.basis, cohorts.cohort_index, cohorts.month_index, cohorts.segment),
            (cohorts.basis, cohorts.cohort_index, cohorts.month_index, cohorts.plan),
            (cohorts.basis, cohorts.cohort_index, cohorts.month_index, cohorts.acquisition_source)
        )
    having grouping(cohorts.plan) = 1 or cohorts.plan is not null
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
        case when skeleton.month_index < skeleton.immature_index then coalesce(cells.n_i, 0) end
            as n_i,
        case when skeleton.month_index < skeleton.immature_index then coalesce(cells.eur_i, 0) end
            as eur_i,
        case
            when skeleton.month_index < skeleton.immature_index and skeleton.basis = 'mrr'
                then coalesce(cells.capped_eur_i, 0)
        end as capped_eur_i,
        skeleton.month_index < skeleton.immature_index as is_mature,
    from skeleton
    left join cells
        on
            skeleton.basis = cells.basis
            and skeleton.cohort_index = cells.cohort_index
            and skeleton.month_index = cells.month_index
            and skeleton.dim_name = cells.dim_name
            and skeleton.dim_value = cells.dim_value
)

select * from final
