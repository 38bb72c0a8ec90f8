{{ config(materialized='view') }}

with

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

invoices as (
    select * from {{ ref('invoices') }}
),

changed_items as (
    select
        items.item_id,
        items.subscription_id,
        items.changed_load_id,
    from {{ ref('subscription_items') }} as items
),

changed_subscriptions as (
    select changed_items.subscription_id from changed_items
    where {{ is_new_input('changed_items.changed_load_id') }}
    union
    select states.subscription_id from {{ ref('subscription_states') }} as states
    where {{ is_new_input('states.changed_load_id') }}
    union
    select pauses.subscription_id from {{ ref('subscription_pauses') }} as pauses
    where {{ is_new_input('pauses.changed_load_id') }}
    union
    select coalesce(changed_items.subscription_id, discounts.scope_id)
    from {{ ref('discounts') }} as discounts
    left join changed_items
        on discounts.scope = 'item' and discounts.scope_id = changed_items.item_id
    where
        discounts.scope in ('subscription', 'item')
        and {{ is_new_input('discounts.changed_load_id') }}
),

-- A won deal is a list price where no other is known.
changed_deals as (
    select deals.deal_id from {{ ref('deals') }} as deals
    where {{ is_new_input('deals.changed_load_id', 'deals.closed_at') }}
    union
    select deal_lines.deal_id from {{ ref('deal_lines') }} as deal_lines
    where {{ is_new_input('deal_lines.changed_load_id') }}
),

changed_invoices as (
    select invoices.invoice_id from invoices
    where {{ is_new_input('invoices.changed_load_id', local_midnight('invoices.issued_on')) }}
    union
    select invoice_lines.invoice_id from {{ ref('invoice_lines') }} as invoice_lines
    where {{ is_new_input('invoice_lines.changed_load_id') }}
    union
    select payments.invoice_id from {{ ref('payments') }} as payments
    where {{ is_new_input('payments.changed_load_id', 'payments.paid_at') }}
    union
    select credits.invoice_id from {{ ref('credit_note_lines') }} as credits
    where {{ is_new_input('credits.changed_load_id', local_midnight('credits.issued_on')) }}
),

final as (
    select versions.customer_id from {{ ref('customers_version') }} as versions
    where {{ is_new_input('versions.changed_load_id', 'versions.valid_from') }}
    union
    select subscriptions.customer_id from subscriptions
    where {{ is_new_input('subscriptions.changed_load_id') }}
    union
    select subscriptions.customer_id from subscriptions
    where
        subscriptions.subscription_id in (
            select changed_subscriptions.subscription_id from changed_subscriptions
        )
    union
    select invoices.customer_id from invoices
    where invoices.invoice_id in (select changed_invoices.invoice_id from changed_invoices)
    union
    select owners.customer_id
    from changed_invoices
    inner join {{ ref('invoice_lines') }} as lines
        on changed_invoices.invoice_id = lines.invoice_id
    inner join invoices on lines.invoice_id = invoices.invoice_id
    inner join subscriptions as owners
        on coalesce(lines.subscription_id, invoices.subscription_id) = owners.subscription_id
    union
    select deals.customer_id from {{ ref('deals') }} as deals
    where deals.deal_id in (select changed_deals.deal_id from changed_deals)
    union
    select orders.customer_id from {{ ref('orders') }} as orders
    where {{ is_new_input('orders.changed_load_id', 'orders.ordered_at') }}
)

select * from final
where final.customer_id is not null
