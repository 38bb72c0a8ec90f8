{{ config(materialized='view') }}

with

lines as (
    select * from {{ ref('invoice_line_amount') }}
),

prices as (
    select * from {{ ref('price_version') }}
),

contracts as (
    select * from {{ ref('contract_target') }}
),

shares as (
    select * from {{ ref('invoice_discount_share') }}
),

deal_prices as (
    select * from {{ ref('deal_price') }}
),

priced as (
    select
        lines.*,
        prices.service as price_service,
        prices.plan as price_plan,
        prices.interval_unit as price_interval_unit,
        coalesce(prices.unit_list, lines.list_unit_price, deal_prices.list_unit_price)
            as unit_list,
        coalesce(prices.unit_target, lines.list_unit_price, deal_prices.list_unit_price)
            as unit_target,
        case
            when prices.unit_target is not null then 'price_list'
            when lines.list_unit_price is not null then 'invoice_line'
            when deal_prices.list_unit_price is not null then 'crm_deal'
        end as list_source,
        contracts.contract_unit_target,
        coalesce(shares.share, 0) as invoice_share,
    from lines
    left join prices
        on
            lines.price_id = prices.price_id
            and lines.currency = prices.currency
            and lines.issued_on >= prices.valid_from_on
            and lines.issued_on < prices.valid_to_on
            and abs(lines.quantity) >= prices.tier_from_quantity
            and (
                prices.tier_to_quantity is null
                or abs(lines.quantity) < prices.tier_to_quantity
            )
    left join contracts
        on
            lines.subscription_id = contracts.subscription_id
            and lines.price_id = contracts.price_id
            and lines.currency = contracts.currency
            and lines.issued_on >= contracts.first_changed_on
            and coalesce(lines.service_from, {{ local_midnight('lines.issued_on') }})
            >= contracts.valid_from
            and coalesce(lines.service_from, {{ local_midnight('lines.issued_on') }})
            < contracts.valid_to
            and abs(lines.quantity) >= contracts.tier_from_quantity
            and (
                contracts.tier_to_quantity is null
                or abs(lines.quantity) < contracts.tier_to_quantity
            )
    left join shares
        on lines.invoice_id = shares.invoice_id and lines.line_no = shares.line_no
    left join deal_prices
        on
            lines.source = deal_prices.source
            and lines.customer_id = deal_prices.customer_id
            and coalesce(lines.price_id, lines.plan) = deal_prices.sold_as
            and lines.currency = deal_prices.currency
            and lines.issued_on >= deal_prices.valid_from_on
            and lines.issued_on < deal_prices.valid_to_on
),

rounded as (
    select
        priced.*,
        {{ rounded_product(
            'priced.quantity', 'priced.factor', 'priced.unit_list', 'priced.minor_unit'
        ) }} as list_price,
        {{ rounded_product(
            'priced.quantity', 'priced.factor', 'priced.unit_target', 'priced.minor_unit'
        ) }} as target,
        {{ rounded_product(
            'priced.quantity', 'priced.factor',
            'priced.unit_target - priced.contract_unit_target', 'priced.minor_unit'
        ) }} as list_rise,
        cast(priced.net_delivered - priced.invoice_share as decimal(18, 6)) as realised,
        cast(
            case
                when priced.is_net_of_discount then priced.gross - priced.line_discount
                else priced.net_delivered
            end as decimal(18, 6)
        ) as net_before_invoice_discount,
    from priced
),

-- Only the part of a list rise that the customer does not pay is lag.
final as (
    select
        rounded.*,
        cast(rounded.net_before_invoice_discount + rounded.line_discount as decimal(18, 6))
            as sold_price,
        cast(
            greatest(
                least(
                    coalesce(rounded.list_rise, 0),
                    rounded.target - rounded.net_before_invoice_discount - rounded.line_discount
                ),
                0
            ) as decimal(18, 6)
        ) as price_lag,
    from rounded
)

select * from final
