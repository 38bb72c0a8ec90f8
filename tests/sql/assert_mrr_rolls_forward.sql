-- Every row of the mart and so every sum of rows: a movement that is booked twice or nowhere shows.
with

movements as (
    select * from {{ ref('mrr_movement') }}
),

broken as (
    select
        movements.month,
        movements.service || ' ' || movements.segment || ' ' || movements.plan as found_in,
    from movements
    where
        movements.closing_mrr_eur
        <> movements.opening_mrr_eur
        + movements.new_eur
        + movements.expansion_eur
        + movements.reactivation_eur
        - movements.contraction_eur
        - movements.churn_eur
),

final as (
    select * from broken
    union all
    select
        null as month,
        'there is no movement at all' as found_in,
    where not exists (select movements.month from movements)
)

select * from final
