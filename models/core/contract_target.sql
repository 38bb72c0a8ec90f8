{{ config(materialized='view') }}

with

lines as (
    select * from {{ ref('invoice_line_amount') }}
),

versions as (
    select * from {{ ref('item_version') }}
),

prices as (
    select * from {{ ref('price_version') }}
),

-- Before its first change a price is what it was at any contract.
changed_prices as (
    select
        prices.price_id,
        prices.currency,
        min(prices.valid_from_on) as first_changed_on,
    from prices
    where prices.valid_from_on > date '0001-01-01'
    group by prices.price_id, prices.currency
),

dated_lines as (
    select
        lines.invoice_id,
        lines.line_no,
        lines.subscription_id,
        lines.price_id,
        lines.currency,
        abs(lines.quantity) as quantity,
        coalesce(lines.service_from, {{ local_midnight('lines.issued_on') }}) as sold_at,
    from lines
    inner join changed_prices
        on
            lines.price_id = changed_prices.price_id
            and lines.currency = changed_prices.currency
            and lines.issued_on >= changed_prices.first_changed_on
),

-- Two items of one subscription may name the same price: the older contract counts.
contracts as (
    select
        dated_lines.invoice_id,
        dated_lines.line_no,
        dated_lines.price_id,
        dated_lines.currency,
        dated_lines.quantity,
        {{ local_date('min(versions.contract_from)') }} as contract_on,
    from dated_lines
    inner join versions
        on
            dated_lines.subscription_id = versions.subscription_id
            and dated_lines.price_id = versions.price_id
            and dated_lines.sold_at >= versions.valid_from
            and dated_lines.sold_at < coalesce(versions.valid_to, {{ end_of_time() }})
    group by
        dated_lines.invoice_id,
        dated_lines.line_no,
        dated_lines.price_id,
        dated_lines.currency,
        dated_lines.quantity
),

final as (
    select
        contracts.invoice_id,
        contracts.line_no,
        contracts.contract_on,
        prices.unit_target as contract_unit_target,
    from contracts
    inner join prices
        on
            contracts.price_id = prices.price_id
            and contracts.currency = prices.currency
            and contracts.contract_on >= prices.valid_from_on
            and contracts.contract_on < prices.valid_to_on
            and contracts.quantity >= prices.tier_from_quantity
            and contracts.quantity < coalesce(prices.tier_to_quantity, 1e12)
)

select * from final
