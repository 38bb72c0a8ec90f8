with

rates as (
    select * from {{ ref('cohort_rate') }}
),

final as (
    select
        rates.*,
        {{ mart_lineage() }},
    from rates
)

select * from final
