with

run as (
    select
        run_context.is_full_build,
        run_context.previous_as_of,
        run_context.as_of,
    from {{ source('meta', 'run_context') }} as run_context
),

invoices as (
    select * from {{ ref('invoices') }}
),

first_invoices as (
    select
        invoices.source,
        cast(min(invoices.issued_on) as varchar) as issued_on,
    from invoices
    where {{ has_begun('invoices.issued_on') }}
    group by invoices.source
),

-- What concerns everybody: a month that closed, and rows that any figure may rest upon.
reasons_for_all as (
    select 'full build' as reason from run
    where
        run.is_full_build
        or run.previous_as_of is null
        or {{ month_index_of('run.previous_as_of') }} <> {{ month_index_of('run.as_of') }}
    union all
    select 'prices' from {{ ref('prices') }} as prices
    where {{ is_new_input('prices.changed_load_id') }}
    union all
    select 'services' from {{ ref('services') }} as services
    where {{ is_new_input('services.changed_load_id') }}
    union all
    select 'first invoice' from first_invoices
    full outer join
        {{ previously_built('first_invoice', ['source', 'issued_on']) }}
            as built
        on first_invoices.source = built.source
    where coalesce(first_invoices.issued_on, '') <> coalesce(cast(built.issued_on as varchar), '')
),

everybody as (
    select customers.customer_id from {{ ref('customers') }} as customers
    union
    select subscriptions.customer_id from {{ ref('subscriptions') }} as subscriptions
    union
    select invoices.customer_id from invoices
    union
    select orders.customer_id from {{ ref('orders') }} as orders
),

-- Invoices that fell due for churn since the previous build.
overdue as (
    select invoices.customer_id
    from invoices
    cross join run
    where
        invoices.status = 'open'
        and {{ local_midnight(
            add_days(
                'coalesce(invoices.due_on, invoices.issued_on)', var('involuntary_overdue_days')
            )
        ) }} between run.previous_as_of and run.as_of
),

-- A present status without a date holds from as_of, wherever that is.
undated as (
    select subscriptions.customer_id
    from {{ ref('subscriptions') }} as subscriptions
    cross join run
    where
        (
            subscriptions.status in ('unpaid', 'paused', 'free', 'incomplete')
            or subscriptions.is_deleted
        )
        and subscriptions.updated_at is null
        and run.previous_as_of <> run.as_of
),

concerned as (
    select everybody.customer_id
    from everybody
    where
        everybody.customer_id is not null
        and exists (select reasons_for_all.reason from reasons_for_all)
    union
    select new_input.customer_id from {{ ref('new_input_customer') }} as new_input
    where {{ is_increment() }}
    union
    select former_owner.customer_id from {{ ref('former_owner') }} as former_owner
    where {{ is_increment() }}
    union
    select revalued.customer_id from {{ ref('revalued_customer') }} as revalued
    where {{ is_increment() }}
    union
    select overdue.customer_id from overdue
    where {{ is_increment() }}
    union
    select undated.customer_id from undated
    where {{ is_increment() }}
),

-- Who pays for another's subscription and that other share what is known of it.
foreign_payers as (
    select * from {{ previously_built('foreign_payer', ['customer_id', 'owner_id']) }}
),

final as (
    select concerned.customer_id from concerned
    union
    select foreign_payers.customer_id from foreign_payers
    where foreign_payers.owner_id in (select concerned.customer_id from concerned)
    union
    select foreign_payers.owner_id from foreign_payers
    where foreign_payers.customer_id in (select concerned.customer_id from concerned)
)

select * from final
