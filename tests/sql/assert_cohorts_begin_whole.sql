-- A cohort is whole at its first closing, can lose euros only, and is not known before it is over.
with

cohorts as (
    select * from {{ ref('cohort_retention') }}
),

shown as (
    select *
    from cohorts
    where cohorts.logo_rate is not null
),

broken as (
    select
        cohorts.basis,
        cohorts.cohort_month,
        cohorts.month_index,
        cohorts.dim_name,
        cohorts.dim_value,
    from cohorts
    where
        (
            cohorts.month_index = 0
            and cohorts.status in ('ok', 'low_n')
            and (
                cohorts.logo_rate <> 1
                or cohorts.n_i is distinct from cohorts.n0
                or cohorts.eur_i is distinct from cohorts.base_eur
            )
        )
        or (
            cohorts.month_index = 0
            and cohorts.basis = 'mrr'
            and cohorts.status in ('ok', 'low_n')
            and (cohorts.nrr is distinct from 1 or cohorts.grr is distinct from 1)
        )
        or cohorts.logo_rate not between 0 and 1
        or cohorts.grr not between 0 and 1
        or cohorts.grr > cohorts.nrr
        or cohorts.is_mature = (cohorts.status = 'immature')
        or (
            cohorts.status in ('immature', 'suppressed')
            and coalesce(
                cohorts.n_i, cohorts.eur_i, cohorts.logo_rate, cohorts.nrr, cohorts.grr
            ) is not null
        )
        or (
            cohorts.status in ('ok', 'low_n')
            and (cohorts.logo_rate is null or cohorts.eur_i is null)
        )
),

final as (
    select * from broken
    union all
    select
        'no cohort to look at' as basis,
        null as cohort_month,
        null as month_index,
        null as dim_name,
        null as dim_value,
    where not exists (select 1 from shown where shown.basis = 'mrr' and shown.month_index > 0)
    union all
    select
        'no immature cell to look at' as basis,
        null as cohort_month,
        null as month_index,
        null as dim_name,
        null as dim_value,
    where not exists (select 1 from cohorts where cohorts.status = 'immature')
)

select * from final
