{{ unfolding('subscription_states', 'stripe') }}
with seen as (
    select *
    from {{ ref('stripe_subscription_seen') }}
    where {{ is_unfolded_now('load_id') }}
),

first_sight as (
    select
        seen.*,
        {{ stripe_instant('seen.payload', 'start_date') }} as started_at,
        {{ stripe_instant('seen.payload', 'trial_end') }} as trial_end_at,
        coalesce({{ stripe_instant('seen.payload', 'items.data[0].created') }}, seen.seen_at)
            as item_created_at
    from seen
    where seen.seen_no = 1
),

-- What lay before the first time: a beginning, a trial, and times in which nothing was billed.
state as (
    select
        first_sight.subscription_id,
        case
            when first_sight.status = 'incomplete' then 'incomplete'
            when {{ json_text('first_sight.payload', 'trial_start') }} is not null then 'trialing'
            when
                first_sight.status = 'free'
                and first_sight.item_created_at <= first_sight.started_at
                then 'free'
            else 'active'
        end as status,
        first_sight.started_at as began_at,
        0 as step
    from first_sight
    union all
    select
        first_sight.subscription_id,
        'active' as status,
        first_sight.trial_end_at as began_at,
        1 as step
    from first_sight
    where
        first_sight.status <> 'trialing'
        and first_sight.trial_end_at < coalesce(first_sight.ended_at, first_sight.seen_at)
    union all
    select
        unbilled.subscription_id,
        'paused' as status,
        unbilled.unbilled_from as began_at,
        2 as step
    from {{ ref('stripe_unbilled_span') }} as unbilled
    inner join first_sight on unbilled.subscription_id = first_sight.subscription_id
    union all
    select
        unbilled.subscription_id,
        'active' as status,
        unbilled.unbilled_to as began_at,
        1 as step
    from {{ ref('stripe_unbilled_span') }} as unbilled
    inner join first_sight on unbilled.subscription_id = first_sight.subscription_id
    union all
    select
        seen.subscription_id,
        seen.status,
        case
            when seen.status = 'canceled' then seen.ended_at
            when seen.status = 'free' and seen.seen_no = 1
                then greatest(first_sight.item_created_at, first_sight.started_at)
            else seen.seen_at
        end as began_at,
        2 + seen.seen_no as step
    from seen
    inner join first_sight on seen.subscription_id = first_sight.subscription_id
),

-- Of two things at one instant the later one holds.
holding as (
    select
        state.*,
        row_number() over (
            partition by state.subscription_id, state.began_at order by state.step desc nulls last
        ) as place
    from state
),

changed as (
    select
        holding.*,
        lag(holding.status) over (
            partition by holding.subscription_id order by holding.began_at nulls last
        ) as status_before
    from holding
    where holding.place = 1
),

followed as (
    select
        changed.subscription_id,
        changed.status,
        changed.began_at,
        lead(changed.began_at) over (
            partition by changed.subscription_id
            order by changed.began_at nulls last
        ) as ended_at
    from changed
    where changed.status_before is null or changed.status_before <> changed.status
),

newest as (
    select distinct
        seen.subscription_id,
        seen.load_id,
        seen.row_no,
        seen.extracted_at
    from seen
),

final as (
    select
        followed.subscription_id,
        followed.status,
        followed.began_at as valid_from,
        followed.ended_at as valid_to,
        {{ unfolded_position(
            'newest',
            'stripe/subscriptions',
            'row_number() over (partition by newest.load_id, newest.row_no '
            ~ 'order by followed.subscription_id, followed.began_at)'
        ) }}
    from followed
    inner join newest on followed.subscription_id = newest.subscription_id
)

select *
from final
