with

discounts as (
    select * from {{ ref('discounts') }}
),

subscriptions as (
    select * from {{ ref('subscriptions') }}
),

items as (
    select distinct
        item_version.item_id,
        item_version.subscription_id,
    from {{ ref('item_version') }} as item_version
),

scoped as (
    select
        discounts.discount_id,
        discounts.scope_id as subscription_id,
        cast(null as varchar) as item_id,
        discounts.kind,
        discounts.value,
        discounts.currency,
        discounts.duration,
        discounts.starts_at,
        discounts.ends_at,
    from discounts
    where discounts.scope = 'subscription'
    union all
    select
        discounts.discount_id,
        items.subscription_id,
        items.item_id,
        discounts.kind,
        discounts.value,
        discounts.currency,
        discounts.duration,
        discounts.starts_at,
        discounts.ends_at,
    from discounts
    inner join items on discounts.scope_id = items.item_id
    where discounts.scope = 'item'
),

final as (
    select
        scoped.discount_id,
        scoped.subscription_id,
        scoped.item_id,
        scoped.kind,
        scoped.value,
        scoped.currency,
        coalesce(scoped.starts_at, subscriptions.started_at) as valid_from,
        scoped.ends_at as valid_to,
    from scoped
    inner join subscriptions on scoped.subscription_id = subscriptions.subscription_id
    where
        scoped.kind is not null
        and scoped.value is not null
        and (
            scoped.duration = 'forever'
            or (
                scoped.duration = 'repeating'
                and subscriptions.committed_term_months is not null
                and (
                    scoped.ends_at is null
                    or {{ add_months(
                        local_timestamp('coalesce(scoped.starts_at, subscriptions.started_at)'),
                        'subscriptions.committed_term_months'
                    ) }} <= {{ local_timestamp('scoped.ends_at') }}
                )
            )
        )
)

select * from final
