{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
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
    select * from {{ ref('payments') }}
),

invoices as (
    select
        lines.invoice_id,
        min(lines.customer_id) as customer_id,
        min(lines.issued_on) as issued_on,
        min(lines.status) as status,
        min(coalesce(lines.due_on, lines.issued_on)) as due_on,
        {{ sum_money('lines.net_amount') }} as net_amount,
        {{ sum_money('case when lines.is_recurring then lines.net_amount end') }}
            as recurring_net_amount,
        min(
            case when lines.is_recurring and lines.net_amount > 0 then lines.service_from end
        ) as service_from,
        min(lines.load_id) as load_id,
    from lines
    where
        not lines.is_internal
        and {{ is_changed('lines.customer_id', ref('changed_customer')) }}
    group by lines.invoice_id
),

credited as (
    select
        credits.invoice_id,
        {{ sum_money('credits.amount') }} as amount,
        max({{ local_midnight('credits.issued_on') }}) as last_credited_at,
    from credits
    where
        credits.document_type = 'credit_note'
        and {{ is_changed('credits.invoice_id', 'invoices') }}
    group by credits.invoice_id
),

paid as (
    select
        payments.invoice_id,
        min(payments.paid_at) as first_paid_at,
        coalesce(
            min_by(payments.payment_id, payments.paid_at), min(payments.payment_id)
        ) as first_payment_id,
        count(*) as payments_n,
    from payments
    where
        payments.status in ('succeeded', 'refunded')
        and {{ is_changed('payments.invoice_id', 'invoices') }}
    group by payments.invoice_id
),

settled as (
    select
        invoices.*,
        coalesce(invoices.service_from, {{ local_midnight('invoices.issued_on') }}) as starts_at,
        {{ local_midnight(
            add_days('invoices.due_on', var('involuntary_overdue_days'))
        ) }} as overdue_at,
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
        paid.first_payment_id,
    from invoices
    left join credited on invoices.invoice_id = credited.invoice_id
    left join paid on invoices.invoice_id = paid.invoice_id
),

final as (
    select
        settled.invoice_id,
        settled.customer_id,
        settled.issued_on,
        settled.status,
        settled.net_amount,
        settled.recurring_net_amount,
        settled.starts_at,
        settled.overdue_at,
        settled.paid_at,
        settled.first_payment_id,
        least(settled.paid_at, settled.credited_at) as settled_at,
        settled.recurring_net_amount > 0
        and settled.status <> 'uncollectible'
        and not coalesce(settled.is_fully_credited, false)
        and (
            settled.overdue_at > {{ as_of() }}
            or coalesce(settled.paid_at <= {{ as_of() }}, false)
        ) as is_qualifying,
        settled.load_id,
    from settled
)

select * from final
