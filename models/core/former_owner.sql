{{ config(materialized='view') }}

with

-- A payment stands by the invoice that it pays, and as a credit where it was paid back.
final as (
    {{ former_owners('item_version', 'item_id', ref('subscription_items')) }}
    union
    {{ former_owners('fct_subscription_state', 'subscription_id', ref('subscriptions')) }}
    union
    {{ former_owners('fct_billed_line', 'invoice_id', ref('invoices')) }}
    union
    {{ former_owners('fct_invoice', 'payment_id', ref('payments')) }}
    union
    {{ former_owners('further_payment', 'payment_id', ref('payments')) }}
    union
    {{ former_owners('deal_price', 'deal_id', ref('deals')) }}
    union
    {{ former_owners('fct_order', 'order_id', ref('orders')) }}
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
