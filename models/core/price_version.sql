with

delivered as (
    select * from {{ ref('prices') }}
),

billing as (
    select source from {{ ref('first_invoice') }}
),

-- Who bills knows the price; a list of the CRM speaks of what no billing source lists.
billed as (
    select distinct
        delivered.price_id,
        delivered.currency
    from delivered
    inner join billing on delivered.source = billing.source
),

prices as (
    select delivered.*
    from delivered
    left join billing on delivered.source = billing.source
    left join billed
        on delivered.price_id = billed.price_id and delivered.currency = billed.currency
    where billing.source is not null or billed.price_id is null
),

dated as (
    select
        prices.price_id,
        prices.currency,
        prices.plan,
        prices.service,
        prices.interval_unit,
        coalesce(prices.tier_from_quantity, 0) as tier_from_quantity,
        prices.list_unit_price,
        coalesce(prices.target_unit_price, prices.list_unit_price) as unit_target,
        coalesce({{ local_date('prices.valid_from') }}, date '0001-01-01') as valid_from_on,
        {{ local_date('prices.valid_to') }} as ends_on,
    from prices
),

succeeded as (
    select
        dated.*,
        lead(dated.valid_from_on) over (
            partition by dated.price_id, dated.currency, dated.tier_from_quantity
            order by dated.valid_from_on nulls last
        ) as next_valid_from_on,
        min(dated.valid_from_on) over (
            partition by dated.price_id, dated.currency
        ) as first_valid_from_on,
    from dated
),

-- The first known version is valid from the beginning of time (CONTRACT, A row may come again).
bounded as (
    select
        succeeded.price_id,
        succeeded.currency,
        succeeded.plan,
        succeeded.service,
        succeeded.interval_unit,
        succeeded.tier_from_quantity,
        succeeded.list_unit_price,
        succeeded.unit_target,
        case
            when succeeded.valid_from_on = succeeded.first_valid_from_on then date '0001-01-01'
            else succeeded.valid_from_on
        end as valid_from_on,
        least(
            coalesce(succeeded.ends_on, date '9999-12-31'),
            coalesce(succeeded.next_valid_from_on, date '9999-12-31')
        ) as valid_to_on,
    from succeeded
),

-- A tier may change alone, so the ladder of tiers is cut wherever any of its steps begins or ends.
edges as (
    select bounded.price_id, bounded.currency, bounded.valid_from_on as edge_on from bounded
    union
    select bounded.price_id, bounded.currency, bounded.valid_to_on from bounded
),

spans as (
    select
        edges.price_id,
        edges.currency,
        edges.edge_on as valid_from_on,
        lead(edges.edge_on) over (
            partition by edges.price_id, edges.currency order by edges.edge_on nulls last
        ) as valid_to_on,
    from edges
),

-- The lowest step also sells what is below its own threshold.
final as (
    select
        bounded.price_id,
        bounded.currency,
        bounded.plan,
        bounded.service,
        bounded.interval_unit,
        spans.valid_from_on,
        spans.valid_to_on,
        case
            when row_number() over (
                partition by bounded.price_id, bounded.currency, spans.valid_from_on
                order by bounded.tier_from_quantity nulls last
            ) = 1 then 0
            else bounded.tier_from_quantity
        end as tier_from_quantity,
        lead(bounded.tier_from_quantity) over (
            partition by bounded.price_id, bounded.currency, spans.valid_from_on
            order by bounded.tier_from_quantity nulls last
        ) as tier_to_quantity,
        first_value(bounded.list_unit_price) over (
            partition by bounded.price_id, bounded.currency, spans.valid_from_on
            order by bounded.tier_from_quantity nulls last
        ) as unit_list,
        bounded.unit_target,
    from spans
    inner join bounded
        on
            spans.price_id = bounded.price_id
            and spans.currency = bounded.currency
            and spans.valid_from_on >= bounded.valid_from_on
            and spans.valid_from_on < bounded.valid_to_on
    where spans.valid_to_on is not null
)

select * from final
