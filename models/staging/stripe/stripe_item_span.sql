with item as (
    select *
    from {{ ref('stripe_item_seen') }}
),

seen as (
    select *
    from {{ ref('stripe_subscription_seen') }}
),

compared as (
    select
        item.*,
        case
            when
                lag(item.terms) over (
                    partition by item.item_id order by item.seen_no nulls last
                ) = item.terms
                and lag(item.seen_no) over (
                    partition by item.item_id order by item.seen_no nulls last
                ) = item.seen_no - 1
                then 0
            else 1
        end as is_first
    from item
),

numbered as (
    select
        compared.*,
        sum(compared.is_first) over (
            partition by compared.item_id order by compared.seen_no nulls last
            rows between unbounded preceding and current row
        ) as span_no
    from compared
),

span as (
    select
        numbered.subscription_id,
        numbered.item_id,
        numbered.span_no,
        min(numbered.seen_no) as first_seen_no,
        max(numbered.seen_no) as last_seen_no,
        min(numbered.seen_at) as first_seen_at,
        min(numbered.created_at) as created_at,
        max(case when numbered.status = 'canceled' then numbered.ended_at end) as ended_at
    from numbered
    group by numbered.subscription_id, numbered.item_id, numbered.span_no
),

final as (
    select
        span.subscription_id,
        span.item_id,
        span.span_no,
        span.first_seen_no,
        case
            when span.span_no = 1 then span.created_at else span.first_seen_at
        end as valid_from,
        coalesce(
            span.ended_at,
            case when after.status = 'canceled' then after.ended_at else after.seen_at end
        ) as valid_to
    from span
    left join seen as after
        on
            span.subscription_id = after.subscription_id
            and span.last_seen_no + 1 = after.seen_no
)

select *
from final
