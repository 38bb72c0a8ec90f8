with

steps as (
    select * from {{ ref('price_step_month') }}
),

final as (
    select
        steps.month,
        steps.service,
        steps.step,
        steps.step_no,
        steps.amount_eur,
        steps.cumulative_eur,
        steps.lines_n,
        steps.lines_from_deals_n,
        steps.lines_without_target_n,
        {{ mart_lineage() }},
    from steps
)

select * from final
