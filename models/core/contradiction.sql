with

months as (
    select max(dim_month.month) as last_month
    from {{ ref('dim_month') }} as dim_month
    where dim_month.is_closed
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
    where
        status in ('active', 'past_due')
        and not coalesce(is_deleted, false)
        and {{ is_past('started_at') }}
        and ended_at is null
),

-- The CRM has taken the customer off its books, or closed a deal with it as lost for good.
flags as (
    select
        customers.customer_id,
        'customer ' || customers.customer_id || ' is deleted' as says,
        customers.updated_at as said_at,
    from {{ ref('customers') }} as customers
    where customers.is_deleted and coalesce(customers.updated_at <= {{ as_of() }}, true)
    union all
    select
        deals.customer_id,
        'deal ' || deals.deal_id || ' is at stage ' || deals.stage as says,
        coalesce(deals.closed_at, deals.updated_at) as said_at,
    from {{ ref('deals') }} as deals
    where
        {{ is_churn_word('deals.stage') }}
        and coalesce(coalesce(deals.closed_at, deals.updated_at) <= {{ as_of() }}, true)
),

flagged as (
    select
        flags.customer_id,
        coalesce(max_by(flags.says, flags.said_at), max(flags.says)) as says,
        max(flags.said_at) as said_at,
    from flags
    where flags.customer_id is not null
    group by flags.customer_id
),

billed as (
    select
        subscriptions.customer_id,
        max_by(
            'subscription ' || subscriptions.subscription_id || ' is ' || subscriptions.status,
            subscriptions.started_at
        ) as says,
        max(subscriptions.started_at) as said_at,
    from subscriptions
    group by subscriptions.customer_id
),

users as (
    select * from {{ ref('users') }}
),

told as (
    select
        coalesce(events.customer_id, users.customer_id) as customer_id,
        max_by('event ' || events.event_id || ' is ' || events.event_type, events.occurred_at)
            as says,
        max(events.occurred_at) as said_at,
    from {{ ref('activity_events') }} as events
    left join users on events.user_id = users.user_id
    where {{ is_churn_word('events.event_type') }} and {{ is_past('events.occurred_at') }}
    group by coalesce(events.customer_id, users.customer_id)
),

balances as (
    select * from {{ ref('fct_customer_month') }}
),

-- Whoever left after the event and came back has been lost, as the event said.
lost as (
    select distinct told.customer_id
    from told
    inner join balances
        on
            told.customer_id = balances.customer_id
            and balances.movement = 'churn'
            and {{ month_index('balances.month') }} >= {{ month_index_of('told.said_at') }}
),

final as (
    select
        'crm_churned_billing_paying' as kind,
        flagged.customer_id,
        'crm' as left_system,
        flagged.says as left_says,
        flagged.said_at as left_at,
        'billing' as right_system,
        billed.says as right_says,
        billed.said_at as right_at,
    from flagged
    inner join billed on flagged.customer_id = billed.customer_id
    -- A contract that began after the CRM gave the customer up is a return, and newer.
    where flagged.said_at is null or billed.said_at <= flagged.said_at
    union all
    select
        'event_churned_mrr_paying' as kind,
        told.customer_id,
        'events' as left_system,
        told.says as left_says,
        told.said_at as left_at,
        'mrr' as right_system,
        'MRR of ' || cast(cast(balances.closing_mrr_eur as decimal(18, 2)) as varchar)
        || ' EUR at the closing of ' || cast(balances.month as varchar) as right_says,
        {{ local_midnight(month_start(month_index('balances.month') ~ ' + 1')) }} as right_at,
    from told
    inner join balances on told.customer_id = balances.customer_id
    inner join months on balances.month = months.last_month
    where
        balances.closing_mrr_eur > 0
        and {{ month_index('balances.month') }} >= {{ month_index_of('told.said_at') }}
        -- An end that is already agreed upon is no contradiction, only later.
        and told.customer_id in (select subscriptions.customer_id from subscriptions)
        and told.customer_id not in (select lost.customer_id from lost)
)

select * from final
