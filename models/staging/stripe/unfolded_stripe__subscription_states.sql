{{ unfolding('subscription_states', 'stripe') }}
with seen as (
    select *
    from {{ ref('stripe_subscription_seen') }}
    where {{ is_unfolded_now('load_id') }}
),

-- What lay before the first time: a beginning, and a trial.
state as (
    select
        seen.subscription_id,
        case
            when seen.status = 'incomplete' then 'incomplete'
            when {{ json_text('seen.payload', 'trial_start') }} is not null then 'trialing'
            when seen.status = 'free' then 'free'
            else 'active'
        end as status,
        {{ stripe_instant('seen.payload', 'start_date') }} as began_at,
        0 as step
    from seen
    where seen.seen_no = 1
    union all
    select
        seen.subscription_id,
        'active' as status,
        {{ stripe_instant('seen.payload', 'trial_end') }} as began_at,
        1 as step
    from seen
    where
        seen.seen_no = 1
        and seen.status <> 'trialing'
        and {{ stripe_instant('seen.payload', 'trial_end') }}
        < coalesce(seen.ended_at, seen.seen_at)
    union all
    select
        seen.subscription_id,
        seen.status,
        case when seen.status = 'canceled' then seen.ended_at else seen.seen_at end as began_at,
        1 + seen.seen_no as step
    from seen
),

changed as (
    select
        state.*,
        lag(state.status) over (
            partition by state.subscription_id
            order by state.began_at nulls last, state.step nulls last
        ) as status_before
    from state
),

followed as (
    select
        changed.subscription_id,
        changed.status,
        changed.began_at,
        lead(changed.began_at) over (
            partition by changed.subscription_id
            order by changed.began_at nulls last, changed.step nulls last
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

placed as (
    select
        followed.*,
        row_number() over (
            partition by followed.subscription_id order by followed.began_at nulls last
        ) as place
    from followed
    where followed.ended_at is null or followed.began_at < followed.ended_at
),

final as (
    select
        placed.subscription_id,
        placed.status,
        placed.began_at as valid_from,
        placed.ended_at as valid_to,
        {{ unfolded_position('newest', 'stripe/subscriptions', 'placed.place') }}
    from placed
    inner join newest on placed.subscription_id = newest.subscription_id
)

select *
from final
