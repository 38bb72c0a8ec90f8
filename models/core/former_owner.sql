{{ config(materialized='view') }}

with

final as (
    select items.customer_id
    from
        {{ previously_built('item_version', ['customer_id', 'item_id', 'subscription_id']) }}
            as items
    where
        items.item_id in (
            select new_items.item_id from {{ ref('subscription_items') }} as new_items
            where {{ is_new_input('new_items.changed_load_id') }}
        )
    union
    select states.customer_id
    from
        {{ previously_built('fct_subscription_state', ['customer_id', 'subscription_id']) }}
            as states
    where
        states.subscription_id in (
            select subscriptions.subscription_id from {{ ref('subscriptions') }} as subscriptions
            where {{ is_new_input('subscriptions.changed_load_id') }}
        )
    union
    select lines.customer_id
    from {{ previously_built('fct_billed_line', ['customer_id', 'invoice_id']) }} as lines
    where
        lines.invoice_id in (
            select invoices.invoice_id from {{ ref('invoices') }} as invoices
            where {{ is_new_input('invoices.changed_load_id') }}
        )
    union
    select states.customer_id
    from
        {{ previously_built('permanent_discount', ['discount_id', 'subscription_id']) }}
            as reductions
    inner join
        {{ previously_built('fct_subscription_state', ['customer_id', 'subscription_id']) }}
            as states
        on reductions.subscription_id = states.subscription_id
    where
        reductions.discount_id in (
            select discounts.discount_id from {{ ref('discounts') }} as discounts
            where {{ is_new_input('discounts.changed_load_id') }}
        )
    union
    select invoices.customer_id
    from {{ previously_built('fct_invoice', ['customer_id', 'payment_id']) }} as invoices
    where
        invoices.payment_id in (
            select payments.payment_id from {{ ref('payments') }} as payments
            where {{ is_new_input('payments.changed_load_id') }}
        )
    union
    select further.customer_id
    from {{ previously_built('further_payment', ['customer_id', 'payment_id']) }} as further
    where
        further.payment_id in (
            select payments.payment_id from {{ ref('payments') }} as payments
            where {{ is_new_input('payments.changed_load_id') }}
        )
    union
    select deal_prices.customer_id
    from {{ previously_built('deal_price', ['customer_id', 'deal_id']) }} as deal_prices
    where
        deal_prices.deal_id in (
            select deals.deal_id from {{ ref('deals') }} as deals
            where {{ is_new_input('deals.changed_load_id') }}
        )
    union
    select orders.customer_id
    from {{ previously_built('fct_order', ['customer_id', 'order_id']) }} as orders
    where
        orders.order_id in (
            select new_orders.order_id from {{ ref('orders') }} as new_orders
            where {{ is_new_input('new_orders.changed_load_id') }}
        )
    union
    select credits.customer_id
    from {{ previously_built('fct_credit', ['customer_id', 'document_id']) }} as credits
    where
        credits.document_id in (
            select notes.credit_note_id || ':' || notes.line_no
            from {{ ref('credit_note_lines') }} as notes
            where {{ is_new_input('notes.changed_load_id') }}
            union all
            select payments.payment_id from {{ ref('payments') }} as payments
            where {{ is_new_input('payments.changed_load_id') }}
        )
)

select * from final
where final.customer_id is not null
