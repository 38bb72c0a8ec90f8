with

rates as (
    select * from {{ ref('cohort_rate') }}
),

final as (
    select
        rates.*,
        rates.status = 'suppressed' as suppressed,
        {{ mart_lineage() }},
    from rates
)

select * from final
