with billed as (
    select
        item.subscription_id,
        item.billed_from,
        item.billed_to
    from {{ ref('stripe_item_billed') }} as item
    left join {{ ref('stripe_price') }} as prices
        on item.stripe_price_id = prices.stripe_price_id
    where
        not item.is_void
        and not item.is_taken_back
        and not coalesce(prices.is_metered, false)
),

-- One that runs is billed at once when its time comes; one that does not, no more.
horizon as (
    select
        subscription_id,
        case
            when status = 'canceled' then least(ended_at, seen_at)
            when status = 'free'
                then {{ stripe_instant('payload', 'items.data[0].created') }}
            when status = 'paused' then seen_at
        end as billed_from
    from {{ ref('stripe_subscription_seen') }}
    where seen_no = 1 and status in ('canceled', 'free', 'paused')
),

covered as (
    select
        billed.subscription_id,
        billed.billed_from,
        max(billed.billed_to) over (
            partition by billed.subscription_id
            order by billed.billed_from nulls last
            rows between unbounded preceding and 1 preceding
        ) as billed_until
    from billed
    union all
    select
        horizon.subscription_id,
        horizon.billed_from,
        max(billed.billed_to) as billed_until
    from horizon
    inner join billed on horizon.subscription_id = billed.subscription_id
    group by horizon.subscription_id, horizon.billed_from
),

-- Hours are the way systems end things in the night.
final as (
    select
        covered.subscription_id,
        covered.billed_until as unbilled_from,
        covered.billed_from as unbilled_to
    from covered
    where covered.billed_from >= {{ add_microseconds('covered.billed_until', '86400000000') }}
)

select *
from final
