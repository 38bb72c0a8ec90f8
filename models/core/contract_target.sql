{{ config(materialized='view') }}

with

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

-- Only what was dearer at another time can be locked at less.
lockable as (
    select
        prices.*,
        changed_prices.first_changed_on,
    from prices
    inner join changed_prices
        on
            prices.price_id = changed_prices.price_id
            and prices.currency = changed_prices.currency
    where
        exists (
            select others.price_id
            from prices as others
            where
                others.price_id = prices.price_id
                and others.currency = prices.currency
                and others.unit_target > prices.unit_target
                and others.tier_from_quantity < coalesce(prices.tier_to_quantity, 1e12)
                and prices.tier_from_quantity < coalesce(others.tier_to_quantity, 1e12)
        )
),

contracts as (
    select
        versions.subscription_id,
        versions.item_id,
        versions.price_id,
        versions.valid_from,
        coalesce(versions.valid_to, {{ end_of_time() }}) as valid_to,
        versions.contract_from,
    from versions
    where versions.price_id in (select lockable.price_id from lockable)
),

-- Two items of one subscription may name the same price: the older contract counts.
several as (
    select
        contracts.subscription_id,
        contracts.price_id,
    from contracts
    group by contracts.subscription_id, contracts.price_id
    having min(contracts.item_id) <> max(contracts.item_id)
),

shared as (
    select contracts.*
    from contracts
    inner join several
        on
            contracts.subscription_id = several.subscription_id
            and contracts.price_id = several.price_id
),

edges as (
    select shared.subscription_id, shared.price_id, shared.valid_from as edge_at from shared
    union
    select shared.subscription_id, shared.price_id, shared.valid_to from shared
),

pieces as (
    select
        edges.subscription_id,
        edges.price_id,
        edges.edge_at as valid_from,
        lead(edges.edge_at) over (
            partition by edges.subscription_id, edges.price_id
            order by edges.edge_at nulls last
        ) as valid_to,
    from edges
),

dated as (
    select
        contracts.subscription_id,
        contracts.price_id,
        contracts.valid_from,
        contracts.valid_to,
        {{ local_date('contracts.contract_from') }} as contract_on,
    from contracts
    left join several
        on
            contracts.subscription_id = several.subscription_id
            and contracts.price_id = several.price_id
    where several.subscription_id is null
    union all
    select
        pieces.subscription_id,
        pieces.price_id,
        pieces.valid_from,
        pieces.valid_to,
        {{ local_date('min(shared.contract_from)') }} as contract_on,
    from pieces
    inner join shared
        on
            pieces.subscription_id = shared.subscription_id
            and pieces.price_id = shared.price_id
            and pieces.valid_from >= shared.valid_from
            and pieces.valid_from < shared.valid_to
    group by pieces.subscription_id, pieces.price_id, pieces.valid_from, pieces.valid_to
),

final as (
    select
        dated.subscription_id,
        dated.price_id,
        lockable.currency,
        lockable.tier_from_quantity,
        lockable.tier_to_quantity,
        dated.valid_from,
        dated.valid_to,
        dated.contract_on,
        lockable.first_changed_on,
        lockable.unit_target as contract_unit_target,
    from dated
    inner join lockable
        on
            dated.price_id = lockable.price_id
            and dated.contract_on >= lockable.valid_from_on
            and dated.contract_on < lockable.valid_to_on
)

select * from final
