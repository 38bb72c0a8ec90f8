{{ config(materialized='view') }}

with

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

states as (
    select distinct subscription_states.subscription_id
    from {{ ref('subscription_states') }} as subscription_states
),

paid_periods as (
    select * from {{ ref('paid_through') }}
),

customers as (
    select
        customer_version.customer_id,
        customer_version.deleted_at,
    from {{ ref('customer_version') }} as customer_version
    where customer_version.is_current
),

final as (
    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.status,
        subscriptions.started_at,
        subscriptions.trial_start_at,
        subscriptions.trial_end_at,
        subscriptions.updated_at,
        states.subscription_id is not null as has_states,
        coalesce(
            paid_periods.paid_through_at,
            subscriptions.ended_at,
            case when subscriptions.status = 'canceled' then subscriptions.updated_at end
        ) as ended_at,
        least(
            case
                when subscriptions.is_deleted then coalesce(subscriptions.updated_at, {{ as_of() }})
            end,
            customers.deleted_at
        ) as deleted_at,
        subscriptions.load_id,
    from subscriptions
    left join states on subscriptions.subscription_id = states.subscription_id
    left join paid_periods on subscriptions.subscription_id = paid_periods.subscription_id
    left join customers on subscriptions.customer_id = customers.customer_id
    where {{ is_rebuilt('subscriptions.customer_id', ref('changed_customer')) }}
)

select * from final
