{{ config(materialized='view') }}

with

spans as (
    select * from {{ ref('subscription_span') }}
),

pauses as (
    select * from {{ ref('subscription_pauses') }}
),

overdue as (
    select * from {{ ref('overdue_span') }}
),

invoices as (
    select * from {{ ref('fct_invoice') }}
),

lines as (
    select * from {{ ref('fct_billed_line') }}
),

stateless as (
    select * from spans
    where not spans.has_states
),

endless_trials as (
    select * from stateless
    where
        stateless.trial_end_at is null
        and (stateless.trial_start_at is not null or stateless.status = 'trialing')
),

-- A trial without an end is over with the first recurring invoice that was paid.
first_paid as (
    select
        lines.subscription_id,
        min(invoices.starts_at) as starts_at,
    from invoices
    inner join lines on invoices.invoice_id = lines.invoice_id
    where
        lines.is_recurring
        and invoices.recurring_net_amount > 0
        and {{ is_past('invoices.paid_at') }}
        and lines.subscription_id in (
            select endless_trials.subscription_id from endless_trials
        )
    group by lines.subscription_id
),

trials as (
    select
        stateless.subscription_id,
        coalesce(stateless.trial_start_at, stateless.started_at) as valid_from,
        coalesce(stateless.trial_end_at, first_paid.starts_at) as valid_to,
    from stateless
    left join first_paid on stateless.subscription_id = first_paid.subscription_id
    where
        stateless.trial_start_at is not null
        or stateless.trial_end_at is not null
        or stateless.status = 'trialing'
),

-- Where two overlap, the first of them in this order names the state.
united as (
    select
        overdue.subscription_id,
        'overdue' as state,
        1 as precedence,
        overdue.valid_from,
        overdue.valid_to,
    from overdue
    union all
    select
        stateless.subscription_id,
        stateless.status as state,
        2 as precedence,
        coalesce(stateless.updated_at, {{ as_of() }}) as valid_from,
        null as valid_to,
    from stateless
    where stateless.status in ('unpaid', 'paused', 'free', 'incomplete')
    union all
    select
        pauses.subscription_id,
        'paused' as state,
        3 as precedence,
        pauses.paused_from as valid_from,
        pauses.paused_to as valid_to,
    from pauses
    where pauses.subscription_id in (select stateless.subscription_id from stateless)
    union all
    select
        trials.subscription_id,
        'trialing' as state,
        4 as precedence,
        trials.valid_from,
        trials.valid_to,
    from trials
    union all
    -- Still paid, and money at risk (METRICS 5.1).
    select
        stateless.subscription_id,
        stateless.status as state,
        5 as precedence,
        coalesce(stateless.updated_at, {{ as_of() }}) as valid_from,
        null as valid_to,
    from stateless
    where stateless.status = 'past_due'
),

final as (
    select * from united
    where united.valid_to is null or united.valid_to > united.valid_from
)

select * from final
