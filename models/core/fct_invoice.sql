{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
        meta={'plain_columns': ['invoice_id', 'payment_id', 'customer_id']},
    )
}}

with

lines as (
    select * from {{ ref('fct_billed_line') }}
),

credits as (
    select * from {{ ref('credit_document') }}
),

payments as (
    select
        payments.*,
        -- A refund is money that had been received, whatever sign it is written with.
        case when payments.status = 'refunded' then abs(payments.amount) else payments.amount end
            as received,
        (payments.paid_at is null or payments.paid_at <= {{ as_of() }}) as is_received,
    from {{ ref('payments') }} as payments
    where payments.status in ('succeeded', 'refunded')
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

rates as (
    select * from {{ ref('dim_fx_rate') }}
),

invoices as (
    select
        lines.invoice_id,
        lines.customer_id,
        lines.issued_on,
        lines.status,
        lines.due_on,
        {{ sum_money('lines.net_amount') }} as net_amount,
        {{ sum_money('case when lines.is_recurring then lines.net_amount end') }}
            as recurring_net_amount,
        min(
            case when lines.is_recurring and lines.net_amount > 0 then lines.service_from end
        ) as service_from,
        min(lines.currency) as currency,
        min(lines.units_per_eur) as units_per_eur,
        min(lines.load_id) as load_id,
    from lines
    where
        not lines.is_internal
        and {{ is_changed('lines.customer_id', ref('changed_customer')) }}
    group by
        lines.invoice_id, lines.customer_id, lines.issued_on, lines.status, lines.due_on
),

-- Where no line says when its service begins, it does not begin before its subscription.
undated as (
    select
        lines.invoice_id,
        min(subscriptions.started_at) as started_at,
    from lines
    inner join subscriptions on lines.subscription_id = subscriptions.subscription_id
    where
        lines.service_from is null
        and lines.is_recurring
        and lines.net_amount > 0
        and {{ is_changed('lines.invoice_id', 'invoices') }}
    group by lines.invoice_id
),

-- A credit in another currency takes off what it is worth on its day.
credited as (
    select
        credits.invoice_id,
        {{ sum_money(
            "case when credits.currency <> invoices.currency "
            ~ "then credits.amount / rates.units_per_eur * invoices.units_per_eur "
            ~ "else credits.amount end"
        ) }} as amount,
        {{ local_midnight('max(credits.issued_on)') }} as last_credited_at,
    from credits
    inner join invoices on credits.invoice_id = invoices.invoice_id
    left join rates
        on
            case when credits.currency <> invoices.currency then credits.currency end
            = rates.currency
            and credits.issued_on = rates.day
    where credits.document_type = 'credit_note'
    group by credits.invoice_id
),

paid as (
    select
        payments.invoice_id,
        min(payments.paid_at) as first_paid_at,
        min(payments.payment_id) as payment_id,
        count(*) as payments_n,
        max(payments.paid_at) filter (where payments.is_received) as last_received_at,
        sum(payments.received) filter (where payments.is_received) as received_amount,
        min(payments.currency) filter (where payments.is_received) as received_currency,
        max(payments.currency) filter (where payments.is_received) as other_currency,
    from payments
    where {{ is_changed('payments.invoice_id', 'invoices') }}
    group by payments.invoice_id
),

settled as (
    select
        invoices.*,
        coalesce(
            invoices.service_from,
            greatest({{ local_midnight('invoices.issued_on') }}, undated.started_at)
        ) as starts_at,
        {{ add_days(
            'coalesce(invoices.due_on, invoices.issued_on)', var('involuntary_overdue_days')
        ) }} as overdue_on,
        credited.amount >= invoices.net_amount as is_fully_credited,
        case when credited.amount >= invoices.net_amount then credited.last_credited_at end
            as credited_at,
        case
            when paid.payments_n > 0 or invoices.status = 'paid'
                then
                    coalesce(
                        paid.first_paid_at, {{ local_midnight('invoices.issued_on') }}
                    )
        end as paid_at,
        paid.payment_id,
        paid.payments_n > 1 as has_further_payments,
        paid.last_received_at,
        paid.received_currency,
        -- Settled with less than was asked for: what the source calls paid is no credit loss.
        case
            when
                invoices.status = 'paid'
                and paid.received_currency = paid.other_currency
                and invoices.net_amount - coalesce(credited.amount, 0) > paid.received_amount
                then invoices.net_amount - coalesce(credited.amount, 0) - paid.received_amount
        end as shortfall,
    from invoices
    left join undated on invoices.invoice_id = undated.invoice_id
    left join credited on invoices.invoice_id = credited.invoice_id
    left join paid on invoices.invoice_id = paid.invoice_id
),

final as (
    select
        settled.invoice_id,
        settled.customer_id,
        settled.issued_on,
        settled.recurring_net_amount,
        settled.starts_at,
        settled.overdue_on,
        settled.paid_at,
        settled.payment_id,
        coalesce(settled.has_further_payments, false) as has_further_payments,
        least(settled.paid_at, settled.credited_at) as settled_at,
        cast(settled.shortfall as decimal(18, 6)) as shortfall,
        case when settled.shortfall is not null then settled.received_currency end
            as shortfall_currency,
        case when settled.shortfall is not null then settled.last_received_at end
            as last_received_at,
        settled.recurring_net_amount > 0
        and settled.status <> 'uncollectible'
        and not coalesce(settled.is_fully_credited, false)
        and (
            not {{ has_begun('settled.overdue_on') }}
            or {{ is_past('settled.paid_at') }}
        ) as is_qualifying,
        settled.load_id,
    from settled
)

select * from final
