{{ config(materialized='view') }}

with

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

-- With states, those decide; an extended trial ends at its final end.
told as (
    select
        customer_id,
        subscription_id,
        min(valid_from) as started_at,
        max(coalesce(valid_to, {{ end_of_time() }})) as ends_at
    from {{ ref('fct_subscription_state') }}
    where state = 'trialing'
    group by customer_id, subscription_id
),

with_states as (
    select distinct subscription_id from {{ ref('subscription_states') }}
),

final as (
    select told.*
    from told
    where told.subscription_id in (select subscription_id from with_states)
    union all
    -- The end as it was promised, also of a trial that was given up before; an open one has none.
    select
        subscriptions.customer_id,
        subscriptions.subscription_id,
        subscriptions.trial_start_at as started_at,
        coalesce(subscriptions.trial_end_at, told.ends_at, {{ end_of_time() }}) as ends_at
    from subscriptions
    left join told on subscriptions.subscription_id = told.subscription_id
    where
        subscriptions.trial_start_at is not null
        and subscriptions.subscription_id not in (select subscription_id from with_states)
)

select * from final
