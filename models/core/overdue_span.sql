with

invoices as (
    select * from {{ ref('fct_invoice') }}
),

lines as (
    select * from {{ ref('fct_billed_line') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

-- By days first, after which few are left: each local midnight costs a look at the time zone.
late as (
    select *
    from invoices
    where
        invoices.recurring_net_amount > 0
        and case
            when invoices.settled_at is null then true
            when {{ local_date('invoices.settled_at') }} >= invoices.overdue_on
                then invoices.settled_at > {{ local_midnight('invoices.overdue_on') }}
            else false
        end
),

overdue as (
    select
        late.*,
        {{ local_midnight('late.overdue_on') }} as overdue_at,
    from late
),

overdue_lines as (
    select distinct
        overdue.invoice_id,
        overdue.customer_id,
        overdue.overdue_at,
        overdue.settled_at,
        lines.subscription_id,
    from overdue
    inner join lines on overdue.invoice_id = lines.invoice_id
    where lines.is_recurring
),

-- A recurring invoice that names no subscription is owed for all that the customer has.
owed as (
    select
        overdue_lines.invoice_id,
        overdue_lines.overdue_at,
        overdue_lines.settled_at,
        overdue_lines.subscription_id,
    from overdue_lines
    where overdue_lines.subscription_id is not null
    union all
    select
        overdue_lines.invoice_id,
        overdue_lines.overdue_at,
        overdue_lines.settled_at,
        subscriptions.subscription_id,
    from overdue_lines
    inner join subscriptions on overdue_lines.customer_id = subscriptions.customer_id
    where overdue_lines.subscription_id is null
),

payments as (
    select
        lines.subscription_id,
        invoices.paid_at,
    from invoices
    inner join lines on invoices.invoice_id = lines.invoice_id
    where
        invoices.paid_at is not null
        and lines.is_recurring
        and lines.subscription_id in (select owed.subscription_id from owed)
),

final as (
    select
        owed.subscription_id,
        owed.overdue_at as valid_from,
        least(
            owed.settled_at,
            min(case when payments.paid_at >= owed.overdue_at then payments.paid_at end)
        ) as valid_to,
    from owed
    left join payments on owed.subscription_id = payments.subscription_id
    group by owed.subscription_id, owed.invoice_id, owed.overdue_at, owed.settled_at
)

select * from final
