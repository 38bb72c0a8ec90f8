{{ config(materialized='view') }}

with

invoices as (
    select * from {{ ref('invoices') }}
),

rates as (
    select
        fx_rates.currency,
        fx_rates.rate_date,
        max(case when {{ is_new_input('fx_rates.changed_load_id') }} then 1 else 0 end) as is_new,
    from {{ ref('fx_rates') }} as fx_rates
    where fx_rates.currency <> 'EUR'
    group by fx_rates.currency, fx_rates.rate_date
),

succeeded as (
    select
        rates.*,
        lead(rates.rate_date, 1, date '9999-12-31') over (
            partition by rates.currency order by rates.rate_date nulls last
        ) as next_rate_date,
    from rates
),

-- A rate values the days up to the next one, and the months that begin after one of these days.
changed as (
    select
        succeeded.currency,
        succeeded.rate_date as from_on,
        succeeded.next_rate_date as until_on,
        {{ month_index('succeeded.rate_date') }} + 1 as first_month,
        {{ month_index('succeeded.next_rate_date') }} as last_month,
    from succeeded
    where succeeded.is_new = 1
),

credited as (
    select
        credits.invoice_id,
        credits.currency,
        credits.issued_on,
    from {{ ref('credit_note_lines') }} as credits
    union all
    select
        payments.invoice_id,
        payments.currency,
        coalesce({{ local_date('payments.paid_at') }}, invoices.issued_on) as issued_on,
    from {{ ref('payments') }} as payments
    inner join invoices on payments.invoice_id = invoices.invoice_id
    where payments.status = 'refunded'
),

periods as (
    select
        paid_periods.customer_id,
        paid_periods.currency,
        cast(paid_periods.from_month as integer) as from_month,
        cast(paid_periods.to_month as integer) as to_month,
        cast(starts.paying_month as integer) as paying_month,
    from
        {{ previously_built(
            'fct_paid_period', ['customer_id', 'currency', 'from_month', 'to_month']
        ) }} as paid_periods
    inner join
        {{ previously_built('fct_customer_start', ['customer_id', 'paying_month']) }} as starts
        on paid_periods.customer_id = starts.customer_id
),

-- A balance is valued at its month's rate, at that of the month before and at that of month 0.
final as (
    select periods.customer_id
    from changed
    inner join periods
        on
            changed.currency = periods.currency
            and (
                (
                    periods.from_month <= changed.last_month + 1
                    and periods.to_month >= changed.first_month
                )
                or periods.paying_month between changed.first_month and changed.last_month
            )
    where
        changed.first_month <= changed.last_month
        and changed.first_month <= {{ month_index_of(as_of()) }}
    union
    select invoices.customer_id
    from changed
    inner join invoices
        on invoices.issued_on >= changed.from_on and invoices.issued_on < changed.until_on
    inner join {{ ref('invoice_lines') }} as lines
        on invoices.invoice_id = lines.invoice_id and changed.currency = lines.currency
    union
    select invoices.customer_id
    from changed
    inner join credited
        on
            changed.currency = credited.currency
            and credited.issued_on >= changed.from_on
            and credited.issued_on < changed.until_on
    inner join invoices on credited.invoice_id = invoices.invoice_id
    union
    select orders.customer_id
    from changed
    inner join {{ ref('orders') }} as orders
        on
            changed.currency = orders.currency
            and {{ local_date('orders.ordered_at') }} >= changed.from_on
            and {{ local_date('orders.ordered_at') }} < changed.until_on
)

select * from final
where final.customer_id is not null
