{{ config(materialized='view') }}

with

ends as (
    select *
    from {{ ref('customer_end') }} as customer_end
    where {{ is_rebuilt('customer_end.customer_id', ref('changed_customer')) }}
),

months as (
    select * from {{ ref('dim_month') }}
),

states as (
    select * from {{ ref('fct_subscription_state') }}
),

items as (
    select * from {{ ref('fct_item_period') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

followed as (
    select
        ends.*,
        months.ends_at as month_ends_at,
        coalesce(subscriptions.end_reason, 'voluntary') as end_reason,
        min(states.state) filter (
            where states.valid_from <= ends.ended_at
            and (states.valid_to is null or states.valid_to > ends.ended_at)
        ) as state_after,
        min(states.state) filter (
            where states.valid_from < months.ends_at
            and (states.valid_to is null or states.valid_to >= months.ends_at)
        ) as state_at_edge,
    from ends
    inner join months on ends.month = months.month
    inner join subscriptions on ends.subscription_id = subscriptions.subscription_id
    left join states on ends.subscription_id = states.subscription_id
    group by
        ends.customer_id,
        ends.month,
        ends.subscription_id,
        ends.service,
        ends.plan,
        ends.branch,
        ends.ended_at,
        months.ends_at,
        subscriptions.end_reason
),

-- A pause is churn by pause only while it lasts over the month edge.
caused as (
    select
        followed.*,
        case
            when followed.state_after in ('paused', 'trialing') then followed.state_at_edge
            else followed.state_after
        end as cause,
        case
            when followed.state_after in ('paused', 'trialing')
                then {{ add_microseconds('followed.month_ends_at', -1) }}
            else followed.ended_at
        end as caused_at,
    from followed
),

unpriced_items as (
    select distinct
        caused.customer_id,
        caused.month,
    from caused
    inner join items
        on
            caused.subscription_id = items.subscription_id
            and items.mrr = 0
            and {{ is_valid_at('items', 'caused.caused_at') }}
),

final as (
    select
        caused.customer_id,
        caused.month,
        caused.subscription_id,
        caused.service,
        caused.plan,
        caused.branch,
        caused.ended_at,
        case
            when caused.cause in ('overdue', 'unpaid', 'incomplete') then 'involuntary'
            when caused.cause = 'free' then 'downgrade_to_free'
            when caused.cause in ('paused', 'trialing') then 'pause'
            when caused.cause in ('active', 'past_due') and unpriced_items.customer_id is not null
                then 'downgrade_to_free'
            else caused.end_reason
        end as churn_type,
    from caused
    left join unpriced_items
        on
            caused.customer_id = unpriced_items.customer_id
            and caused.month = unpriced_items.month
)

select * from final
