{{ config(materialized='view') }}

with

losses as (
    select * from {{ ref('fct_customer_loss') }}
),

lifetimes as (
    select * from {{ ref('lifetime_factor') }}
),

-- What a lost customer would still have brought, by how its segment stayed until the month before.
final as (
    select
        losses.*,
        {{ tenure_band('losses.tenure_months') }} as tenure_band,
        {{ clv('losses.churned_margin_eur', 'lifetimes.factor') }} as churn_value_clv_eur,
        case
            when
                {{ days_between('losses.lost_on', 'losses.returned_on') }}
                <= {{ var('winback_days') }}
                then 1
            else 0
        end as is_won_back,
    from losses
    left join lifetimes
        on
            losses.segment = lifetimes.segment
            and {{ month_index('losses.month') }} - 1 = {{ month_index('lifetimes.month') }}
)

select * from final
