-- Who came back counts as active again, never as somebody who never left (METRICS 11.5, 4).
with

cohorts as (
    select * from {{ ref('cohort_retention') }}
    where basis = 'mrr' and never_left_n is not null
),

broken as (
    select
        cohorts.cohort_month,
        cohorts.month_index,
        cohorts.dim_name,
        cohorts.dim_value,
    from cohorts
    left join cohorts as previous
        on
            cohorts.cohort_month = previous.cohort_month
            and cohorts.month_index = previous.month_index + 1
            and cohorts.dim_name = previous.dim_name
            and cohorts.dim_value = previous.dim_value
    where
        cohorts.never_left_n > coalesce(previous.never_left_n, cohorts.n0)
        or cohorts.never_left_n > cohorts.n_i
        or cohorts.never_left_n < 0
        or (cohorts.month_index = 0 and cohorts.never_left_n <> cohorts.n0)
),

final as (
    select * from broken
    union all
    select
        null as cohort_month,
        null as month_index,
        'no cohort to look at' as dim_name,
        null as dim_value,
    where not exists (select cohorts.n0 from cohorts where cohorts.month_index > 0)
)

select * from final
