{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('customer_id', ref('changed_customer')) }}",
    )
}}

with

items as (
    select * from {{ ref('subscription_items') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

plans as (
    select
        price_version.price_id,
        max_by(price_version.plan, price_version.valid_from_on) as plan,
    from {{ ref('price_version') }} as price_version
    group by price_version.price_id
),

-- An item may have moved between subscriptions: its versions only tell their ends together.
changed_items as (
    select items.item_id
    from items
    inner join subscriptions on items.subscription_id = subscriptions.subscription_id
    where {{ is_changed('subscriptions.customer_id', ref('changed_customer')) }}
),

owned as (
    select
        items.*,
        subscriptions.customer_id,
        coalesce(items.plan, plans.plan, subscriptions.plan) as item_plan,
        lead(items.valid_from) over (
            partition by items.item_id order by items.valid_from nulls last
        ) as next_valid_from,
    from items
    inner join subscriptions on items.subscription_id = subscriptions.subscription_id
    left join plans on items.price_id = plans.price_id
    where {{ is_changed('items.item_id', 'changed_items') }}
),

-- A version lasts to its own end, and never beyond the next version of the same item.
bounded as (
    select
        owned.*,
        case
            when owned.valid_to <= owned.next_valid_from or owned.next_valid_from is null
                then owned.valid_to
            else owned.next_valid_from
        end as ends_at,
    from owned
),

chained as (
    select
        bounded.*,
        lag(bounded.ends_at) over (
            partition by bounded.item_id order by bounded.valid_from nulls last
        ) as previous_ends_at,
    from bounded
),

priced as (
    select
        chained.*,
        max(
            case
                when chained.previous_ends_at = chained.valid_from then null
                else chained.valid_from
            end
        ) over (
            partition by chained.item_id
            order by chained.valid_from nulls last
            rows between unbounded preceding and current row
        ) as contract_from,
        cast({{ wide('chained.quantity') }} * chained.unit_price as decimal(18, 6))
            as list_amount,
        (
            coalesce(chained.is_metered, false)
            or chained.interval_unit = 'one_time'
        ) as is_outside_mrr,
    from chained
),

final as (
    select
        priced.item_id,
        priced.subscription_id,
        priced.customer_id,
        priced.price_id,
        priced.item_plan as plan,
        priced.currency,
        priced.valid_from,
        priced.ends_at as valid_to,
        priced.contract_from,
        priced.quantity,
        priced.interval_unit,
        greatest(priced.interval_count, 1) as interval_count,
        priced.is_outside_mrr,
        priced.list_amount,
        cast(
            greatest(
                {{ wide('priced.list_amount') }}
                * (1 - coalesce(priced.permanent_discount_rate, 0))
                - coalesce(priced.permanent_discount_amount, 0),
                0
            ) as decimal(18, 6)
        ) as amount,
        priced.load_id,
    from priced
    where {{ is_changed('priced.customer_id', ref('changed_customer')) }}
)

select * from final
