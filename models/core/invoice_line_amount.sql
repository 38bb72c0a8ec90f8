{{ config(materialized='view') }}

with

invoices as (
    select * from {{ ref('invoices') }}
),

lines as (
    select * from {{ ref('invoice_lines') }}
),

currencies as (
    select * from {{ ref('currency') }}
),

issued as (
    select invoices.*
    from invoices
    where
        invoices.status in ('open', 'paid', 'uncollectible')
        and {{ has_begun('invoices.issued_on') }}
        and {{ is_rebuilt('invoices.customer_id', ref('changed_customer')) }}
),

amounts as (
    select
        lines.*,
        issued.customer_id,
        issued.issued_on,
        issued.due_on,
        issued.status,
        coalesce(lines.subscription_id, issued.subscription_id) as billed_subscription_id,
        coalesce(issued.invoice_discount_amount, 0) as invoice_discount_amount,
        -- Of an amount that was not delivered nothing can have been taken off yet.
        lines.net_amount is not null and coalesce(lines.is_net_of_invoice_discount, false)
            as is_net_of_discount,
        coalesce(lines.proration_factor, 1) as factor,
        coalesce(currencies.minor_unit, 2) as minor_unit,
    from lines
    inner join issued on lines.invoice_id = issued.invoice_id
    left join currencies on lines.currency = currencies.currency
),

rounded as (
    select
        amounts.*,
        {{ rounded_product(
            'amounts.quantity', 'amounts.factor', 'amounts.unit_price', 'amounts.minor_unit'
        ) }} as gross,
    from amounts
),

netted as (
    select
        rounded.*,
        coalesce(rounded.net_amount, rounded.gross - coalesce(rounded.line_discount_amount, 0))
            as net_delivered,
    from rounded
),

final as (
    select
        netted.invoice_id,
        netted.line_no,
        netted.customer_id,
        netted.billed_subscription_id as subscription_id,
        netted.price_id,
        netted.service,
        netted.plan,
        netted.sales_channel,
        netted.issued_on,
        netted.due_on,
        netted.status,
        netted.service_from,
        netted.service_to,
        netted.currency,
        netted.minor_unit,
        netted.quantity,
        netted.factor,
        netted.list_unit_price,
        netted.is_recurring,
        netted.invoice_discount_amount,
        netted.is_net_of_discount,
        netted.gross,
        netted.net_delivered,
        -- A net amount without a named line discount says by itself how much was taken off.
        cast(
            coalesce(
                netted.line_discount_amount,
                case
                    when netted.is_net_of_discount then 0
                    else netted.gross - netted.net_delivered
                end
            ) as decimal(18, 6)
        ) as line_discount,
        netted.source,
        netted.load_id,
    from netted
)

select * from final
