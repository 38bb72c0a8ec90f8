{{ unfolding('invoice_lines', 'stripe') }}
with line as (
    select *
    from {{ ref('stripe_invoice_line') }}
    where {{ is_unfolded_now('load_id') }}
),

amounts as (
    select *
    from {{ ref('stripe_invoice_line_amount') }}
),

prices as (
    select *
    from {{ ref('stripe_price') }}
),

products as (
    select *
    from {{ ref('stripe_product') }}
),

priced as (
    select
        line.*,
        coalesce(line.quantity, 1) as sold_quantity,
        {{ stripe_amount('line.unit_amount_decimal', 'line.currency') }} as stated_unit_price
    from line
),

final as (
    select
        priced.invoice_id,
        priced.line_no,
        priced.subscription_id,
        coalesce(prices.price_id, priced.stripe_price_id) as price_id,
        coalesce(
            {{ stripe_metadata('priced.payload', 'service') }}, prices.service, products.service
        ) as service,
        coalesce(
            {{ stripe_metadata('priced.payload', 'plan') }}, prices.plan, products.plan
        ) as plan,
        {{ stripe_metadata('priced.payload', 'sales_channel') }} as sales_channel,
        {{ stripe_metadata('priced.payload', 'sales_team') }} as sales_team,
        -- What is for no time is for the moment at which it was billed.
        case
            when
                {{ json_text('priced.payload', 'period.start') }}
                <> {{ json_text('priced.payload', 'period.end') }}
                then {{ stripe_instant('priced.payload', 'period.start') }}
        end as service_from,
        case
            when
                {{ json_text('priced.payload', 'period.start') }}
                <> {{ json_text('priced.payload', 'period.end') }}
                then {{ stripe_instant('priced.payload', 'period.end') }}
        end as service_to,
        -- What is taken back for the rest of a period has the sign of its amount.
        case
            when
                amounts.gross_amount < 0
                and priced.sold_quantity > 0
                and priced.stated_unit_price > 0
                then -priced.sold_quantity
            else priced.sold_quantity
        end as quantity,
        coalesce(
            priced.stated_unit_price,
            cast(amounts.gross_amount / nullif(priced.sold_quantity, 0) as decimal(18, 6)),
            amounts.gross_amount
        ) as unit_price,
        nullif(amounts.discount_amount, 0) as line_discount_amount,
        amounts.gross_amount - coalesce(amounts.discount_amount, 0) as net_amount,
        false as is_net_of_invoice_discount,
        amounts.tax_amount,
        priced.kind = 'subscription_item_details' and not coalesce(prices.is_metered, false)
            as is_recurring,
        priced.is_proration,
        case
            when priced.is_proration and priced.stated_unit_price * priced.sold_quantity <> 0
                then cast(
                    abs(amounts.gross_amount / (priced.stated_unit_price * priced.sold_quantity))
                    as decimal(18, 6)
                )
        end as proration_factor,
        {{ stripe_metadata('priced.payload', 'list_unit_price') }} as list_unit_price,
        priced.currency,
        priced.line_id,
        {{ unfolded_position('priced', 'stripe/invoices', 'priced.line_no') }}
    from priced
    inner join amounts on priced.line_id = amounts.line_id
    left join prices on priced.stripe_price_id = prices.stripe_price_id
    left join products
        on
            {{ json_text('priced.payload', 'pricing.price_details.product') }}
            = products.product_id
)

select *
from final
