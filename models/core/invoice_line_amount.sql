{{ config(materialized='view') }}

with

changed as (
    select * from {{ ref('changed_customer') }}
),

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
    inner join changed on invoices.customer_id = changed.customer_id
    where
        invoices.status in ('open', 'paid', 'uncollectible')
        and {{ local_midnight('invoices.issued_on') }} <= {{ as_of() }}
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
        coalesce(lines.is_net_of_invoice_discount, false) as is_net_of_discount,
        coalesce(lines.proration_factor, 1) as factor,
        coalesce(currencies.minor_unit, 2) as minor_unit,
        {{ wide('lines.quantity') }} * lines.unit_price * coalesce(lines.proration_factor, 1)
            as exact_gross,
    from lines
    inner join issued on lines.invoice_id = issued.invoice_id
    left join currencies on lines.currency = currencies.currency
),

rounded as (
    select
        amounts.*,
        {{ round_minor('amounts.exact_gross', 'amounts.minor_unit') }} as gross,
        case
            when amounts.net_amount is null
                then
                    {{ round_minor('amounts.exact_gross', 'amounts.minor_unit') }}
                    - coalesce(amounts.line_discount_amount, 0)
            else amounts.net_amount
        end as net_delivered,
    from amounts
),

final as (
    select
        rounded.invoice_id,
        rounded.line_no,
        rounded.customer_id,
        rounded.billed_subscription_id as subscription_id,
        rounded.price_id,
        rounded.service,
        rounded.plan,
        rounded.sales_channel,
        rounded.issued_on,
        rounded.due_on,
        rounded.status,
        rounded.service_from,
        rounded.service_to,
        rounded.currency,
        rounded.minor_unit,
        rounded.quantity,
        rounded.factor,
        rounded.list_unit_price,
        rounded.is_recurring,
        rounded.invoice_discount_amount,
        rounded.is_net_of_discount,
        rounded.gross,
        rounded.net_delivered,
        -- A net amount without a named line discount says by itself how much was taken off.
        cast(
            coalesce(
                rounded.line_discount_amount,
                case
                    when rounded.is_net_of_discount then 0
                    else rounded.gross - rounded.net_delivered
                end
            ) as decimal(18, 6)
        ) as line_discount,
        rounded.source,
        rounded.load_id,
    from rounded
)

select * from final
