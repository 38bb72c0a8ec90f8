with item as (
    select *
    from {{ ref('stripe_item_seen') }}
),

seen as (
    select *
    from {{ ref('stripe_subscription_seen') }}
),

before as (
    select
        item.*,
        lag(item.terms) over (
            partition by item.item_id order by item.sighting_no nulls last
        ) as terms_before,
        lag(item.seen_no) over (
            partition by item.item_id order by item.sighting_no nulls last
        ) as seen_no_before
    from item
),

-- Seen each time, or billed until it was.
numbered as (
    select
        before.*,
        sum(
            case
                when
                    before.terms_before = before.terms
                    and (
                        before.seen_no_before = before.seen_no - 1
                        or (before.seen_no_before = 0 and before.seen_no = 0)
                    )
                    then 0
                else 1
            end
        ) over (
            partition by before.item_id order by before.sighting_no nulls last
            rows between unbounded preceding and current row
        ) as span_no
    from before
),

-- What was billed first, the subscription began with.
first_billed as (
    select
        subscription_id,
        min(seen_at) as billed_from
    from item
    where seen_no = 0
    group by subscription_id
),

begun as (
    select
        item.item_id,
        coalesce(
            min(item.created_at),
            min(
                case
                    when item.seen_at = first_billed.billed_from
                        then {{ stripe_instant('first_sight.payload', 'start_date') }}
                end
            )
        ) as begun_at
    from item
    inner join seen as first_sight
        on item.subscription_id = first_sight.subscription_id and first_sight.seen_no = 1
    left join first_billed
        on item.subscription_id = first_billed.subscription_id and item.seen_no = 0
    group by item.item_id
),

span as (
    select
        numbered.subscription_id,
        numbered.item_id,
        numbered.span_no,
        min(numbered.sighting_no) as first_sighting_no,
        max(numbered.seen_no) as last_seen_no,
        min(numbered.seen_at) as first_seen_at,
        max(numbered.seen_at) as last_seen_at,
        min(numbered.stripe_price_id) as stripe_price_id,
        min(numbered.quantity) as quantity,
        max(numbered.billed_to) as billed_to,
        max(case when numbered.status = 'canceled' then numbered.ended_at end) as ended_at
    from numbered
    group by numbered.subscription_id, numbered.item_id, numbered.span_no
),

-- What is left of a period is given back when an item is removed.
removed as (
    select
        span.item_id,
        span.span_no,
        min(billed.billed_from) as removed_at
    from span
    inner join {{ ref('stripe_item_billed') }} as billed
        on
            span.item_id = billed.item_id
            and span.stripe_price_id = billed.stripe_price_id
            and span.quantity = billed.quantity
            and span.last_seen_at < billed.billed_from
    where span.last_seen_no = 0 and billed.is_taken_back
    group by span.item_id, span.span_no
),

followed as (
    select
        span.*,
        lead(span.first_seen_at) over (
            partition by span.item_id order by span.span_no nulls last
        ) as next_seen_at
    from span
),

final as (
    select
        followed.subscription_id,
        followed.item_id,
        followed.span_no,
        followed.first_sighting_no,
        case
            when followed.span_no = 1
                then least(begun.begun_at, followed.first_seen_at)
            else followed.first_seen_at
        end as valid_from,
        case
            when followed.last_seen_no = 0
                then coalesce(
                    followed.next_seen_at,
                    removed.removed_at,
                    -- Until something free took its place, else as long as it was billed.
                    case
                        when after.status = 'free'
                            then {{ stripe_instant('after.payload', 'items.data[0].created') }}
                    end,
                    least(followed.billed_to, after.seen_at, after.ended_at)
                )
            else coalesce(
                followed.ended_at,
                case when after.status = 'canceled' then after.ended_at else after.seen_at end
            )
        end as valid_to
    from followed
    inner join begun on followed.item_id = begun.item_id
    left join removed
        on followed.item_id = removed.item_id and followed.span_no = removed.span_no
    left join seen as after
        on
            followed.subscription_id = after.subscription_id
            and followed.last_seen_no + 1 = after.seen_no
)

select *
from final
