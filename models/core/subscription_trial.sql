{{ config(materialized='view') }}

with

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

states as (
    select
        customer_id,
        subscription_id,
        state = 'trialing' as is_trial,
        valid_from,
        coalesce(valid_to, {{ end_of_time() }}) as valid_to
    from {{ ref('fct_subscription_state') }}
    where state in ('trialing', 'paused')
),

separated as (
    select
        *,
        valid_from > max(valid_to) over (
            partition by subscription_id
            order by valid_from asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as is_again
    from states
),

numbered as (
    select
        *,
        count(*) filter (where is_again) over (
            partition by subscription_id
            order by valid_from asc nulls last
            rows between unbounded preceding and current row
        ) as trial_no
    from separated
),

-- With states, those decide; an extended trial ends at its final end, one that begins again later
-- is another one.
told as (
    select
        customer_id,
        subscription_id,
        min(valid_from) filter (where is_trial) as started_at,
        max(valid_to) filter (where is_trial) as ends_at
    from numbered
    group by customer_id, subscription_id, trial_no
    having bool_or(is_trial)
    qualify row_number() over (partition by subscription_id order by trial_no asc nulls last) = 1
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
