{{ config(materialized='view') }}

with

states as (
    select * from {{ ref('subscription_states') }}
),

succeeded as (
    select
        states.subscription_id,
        states.status as state,
        states.valid_from,
        states.valid_to,
        lead(states.valid_from) over (
            partition by states.subscription_id order by states.valid_from nulls last
        ) as next_valid_from,
    from states
),

final as (
    select
        succeeded.subscription_id,
        succeeded.state,
        succeeded.valid_from,
        least(succeeded.valid_to, succeeded.next_valid_from) as valid_to,
    from succeeded
)

select * from final
