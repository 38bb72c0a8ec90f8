with

events as (
    select * from {{ ref('activity_events') }}
    where {{ is_past('occurred_at') }} and not coalesce(is_bot, false)
),

users as (
    select
        users.user_id,
        coalesce(users.customer_id, people.customer_id) as customer_id,
        coalesce(users.is_bot, false) as is_bot
    from {{ ref('users') }} as users
    left join {{ ref('people') }} as people on users.person_id = people.person_id
),

known as (
    select
        events.user_id,
        coalesce(events.customer_id, users.customer_id) as customer_id,
        {{ local_date('events.occurred_at') }} as day,
        {{ unknown_if_null('events.service') }} as service,
        {{ unknown_if_null('events.platform') }} as platform,
        events.event_type,
        -- Where the source does not say, what a person does by will counts (CONTRACT, Activity).
        coalesce(
            events.is_qualifying, events.event_type in ('session', 'order', 'core_action')
        ) as is_qualifying,
        events.load_id
    from events
    left join users on events.user_id = users.user_id
    where not coalesce(users.is_bot, false)
),

final as (
    select
        user_id,
        customer_id,
        day,
        {{ month_index('day') }} as month_no,
        service,
        platform,
        event_type,
        count(*) as events_n,
        count(*) filter (where is_qualifying) as qualifying_n,
        max(load_id) as load_id
    from known
    where
        customer_id is null
        or customer_id not in (select customer_id from {{ ref('customers') }} where is_internal)
    group by user_id, customer_id, day, service, platform, event_type
)

select * from final
