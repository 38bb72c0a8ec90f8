{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('item_version') }}
),

discounts as (
    select * from {{ ref('permanent_discount') }}
),

discounted_versions as (
    select versions.*
    from versions
    where
        versions.subscription_id in (select discounts.subscription_id from discounts)
        and not versions.is_outside_mrr
),

edges as (
    select
        discounted_versions.subscription_id,
        discounted_versions.valid_from as edge_at,
    from discounted_versions
    union
    select
        discounted_versions.subscription_id,
        coalesce(discounted_versions.valid_to, {{ end_of_time() }}),
    from discounted_versions
    union
    select discounts.subscription_id, discounts.valid_from from discounts
    union
    select discounts.subscription_id, discounts.valid_to from discounts
    where discounts.valid_to is not null
),

spans as (
    select
        edges.subscription_id,
        edges.edge_at as span_from,
        lead(edges.edge_at) over (
            partition by edges.subscription_id order by edges.edge_at nulls last
        ) as span_to,
    from edges
),

items as (
    select
        discounted_versions.*,
        spans.span_from,
        spans.span_to,
    from spans
    inner join discounted_versions
        on
            spans.subscription_id = discounted_versions.subscription_id
            and spans.span_from >= discounted_versions.valid_from
            and spans.span_from
            < coalesce(discounted_versions.valid_to, {{ end_of_time() }})
),

-- Percentages one after the other; a subscription's amount is shared by its items below.
reductions as (
    select
        items.item_id,
        items.span_from,
        cast(
            coalesce(
                {{ product(
                    "case when discounts.kind = 'percent' then 1 - discounts.value / 100 end"
                ) }},
                1
            ) as decimal(18, 9)
        ) as factor,
        {{ sum_money(
            "case when discounts.kind = 'amount' and discounts.item_id is not null "
            ~ "then discounts.value end"
        ) }} as item_amount,
        {{ sum_money(
            "case when discounts.kind = 'amount' and discounts.item_id is null "
            ~ "then discounts.value end"
        ) }} as subscription_amount,
    from items
    inner join discounts
        on
            items.subscription_id = discounts.subscription_id
            and items.item_id = coalesce(discounts.item_id, items.item_id)
            and items.currency = coalesce(discounts.currency, items.currency)
            and items.span_from >= discounts.valid_from
            and items.span_from < coalesce(discounts.valid_to, {{ end_of_time() }})
    group by items.item_id, items.span_from
),

reduced as (
    select
        items.*,
        coalesce(reductions.item_amount, 0) as item_amount,
        coalesce(reductions.subscription_amount, 0) as subscription_amount,
        cast({{ wide('items.amount') }} * coalesce(reductions.factor, 1) as decimal(18, 6))
            as amount_left,
    from items
    left join reductions
        on items.item_id = reductions.item_id and items.span_from = reductions.span_from
),

weighed as (
    select
        reduced.*,
        {{ monthly_amount(
            'reduced.amount_left', 'reduced.interval_unit', 'reduced.interval_count'
        ) }} as weight,
    from reduced
),

shared as (
    select
        weighed.*,
        sum(weighed.weight) over (
            partition by weighed.subscription_id, weighed.span_from
        ) as total_weight,
    from weighed
),

final as (
    select
        shared.item_id,
        shared.valid_from,
        shared.span_from,
        case when shared.span_to < {{ end_of_time() }} then shared.span_to end as span_to,
        cast(
            greatest(
                shared.amount_left
                - shared.item_amount
                - coalesce(
                    {{ wide('shared.subscription_amount') }}
                    * shared.weight
                    / nullif(shared.total_weight, 0),
                    0
                ),
                0
            ) as decimal(18, 6)
        ) as amount,
    from shared
)

select * from final
