with

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

lines as (
    select * from {{ ref('fct_billed_line') }}
),

invoices as (
    select * from {{ ref('fct_invoice') }}
),

credits as (
    select * from {{ ref('credit_document') }}
),

-- Where a source delivers states, those decide.
ended as (
    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        coalesce(subscriptions.ended_at, subscriptions.updated_at) as ended_at,
    from subscriptions
    where
        (subscriptions.ended_at is not null or subscriptions.status = 'canceled')
        and coalesce(subscriptions.ended_at, subscriptions.updated_at) > subscriptions.started_at
        and subscriptions.subscription_id not in (
            select subscription_states.subscription_id
            from {{ ref('subscription_states') }} as subscription_states
        )
),

-- The paid period in the course of which the service was ended.
unfinished as (
    select
        ended.subscription_id,
        ended.customer_id,
        ended.ended_at,
        lines.invoice_id,
        lines.service_to,
    from ended
    inner join lines on ended.subscription_id = lines.subscription_id
    inner join invoices on lines.invoice_id = invoices.invoice_id
    where
        lines.is_recurring
        and lines.net_amount > 0
        and lines.service_from <= ended.ended_at
        and lines.service_to > ended.ended_at
        and {{ is_past('invoices.paid_at') }}
),

-- Money back for the unused part: a credit, a refund, or a line that takes time back. What a change
-- of plan took back before was charged anew.
repaid as (
    select unfinished.subscription_id
    from unfinished
    inner join credits on unfinished.invoice_id = credits.invoice_id
    where credits.issued_on >= {{ local_date('unfinished.ended_at') }}
    union
    select unfinished.subscription_id
    from unfinished
    inner join lines on unfinished.subscription_id = lines.subscription_id
    where
        lines.is_recurring
        and lines.net_amount < 0
        and lines.service_to > unfinished.ended_at
        and (
            lines.service_from >= unfinished.ended_at
            or lines.issued_on >= {{ local_date('unfinished.ended_at') }}
        )
),

-- Whoever goes on with another subscription has changed it, and ended nothing.
replaced as (
    select unfinished.subscription_id
    from unfinished
    inner join subscriptions
        on
            unfinished.customer_id = subscriptions.customer_id
            and unfinished.subscription_id <> subscriptions.subscription_id
            and subscriptions.started_at >= unfinished.ended_at
            and subscriptions.started_at < unfinished.service_to
),

final as (
    select
        unfinished.subscription_id,
        min(unfinished.ended_at) as ended_at,
        max(unfinished.service_to) as paid_through_at,
    from unfinished
    where
        unfinished.subscription_id not in (select repaid.subscription_id from repaid)
        and unfinished.subscription_id not in (select replaced.subscription_id from replaced)
    group by unfinished.subscription_id
)

select * from final
