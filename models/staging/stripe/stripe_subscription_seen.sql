{{ config(materialized='table') }}
with touched as (
    {{ touched_ids(source('raw_stripe', 'subscriptions')) }}
    union
    select object_id as id
    from {{ ref('stripe_event') }}
    where object_kind = 'subscription' and {{ is_unfolded_now('load_id') }}
    union
    select subscription_id as id
    from {{ ref('stripe_billed_line') }}
    where {{ is_unfolded_now('load_id') }}
),

version as (
    select *
    from {{ source('raw_stripe', 'subscriptions') }}
    where id in (select touched.id from touched) and not is_deleted
),

event as (
    select *
    from {{ ref('stripe_event') }}
    where object_kind = 'subscription' and object_id in (select touched.id from touched)
),

-- Where the feed told of a version, its snapshots say more exactly what was when.
seen as (
    select
        event.object_id as subscription_id,
        event.changed_at as seen_at,
        event.payload,
        event.load_id,
        event.row_no,
        event.extracted_at
    from event
    where {{ json_part('event.payload', 'items.data') }} is not null
    union all
    select
        version.id as subscription_id,
        version.extracted_at as seen_at,
        version.payload,
        version.load_id,
        version.row_no,
        version.extracted_at
    from version
    where not exists (
        select 1
        from event
        where
            event.object_id = version.id
            and event.extracted_at = version.extracted_at
            and {{ json_part('event.payload', 'items.data') }} is not null
    )
),

-- Where a subscription stands, and where it stands what was billed before it was first read.
position as (
    select
        subscription_id,
        load_id,
        row_no,
        extracted_at
    from seen
    union all
    select
        subscription_id,
        load_id,
        row_no,
        extracted_at
    from {{ ref('stripe_billed_line') }}
    where subscription_id in (select seen.subscription_id from seen)
),

newest_load as (
    select
        position.subscription_id,
        max(position.load_id) as load_id
    from position
    group by position.subscription_id
),

newest as (
    select
        newest_load.subscription_id,
        newest_load.load_id,
        max(position.row_no) as row_no,
        max(position.extracted_at) as extracted_at
    from newest_load
    inner join position
        on
            newest_load.subscription_id = position.subscription_id
            and newest_load.load_id = position.load_id
    group by newest_load.subscription_id, newest_load.load_id
),

final as (
    select
        seen.subscription_id,
        row_number() over (
            partition by seen.subscription_id
            order by seen.seen_at nulls last, seen.load_id nulls last, seen.row_no nulls last
        ) as seen_no,
        seen.seen_at,
        {{ stripe_status('seen.payload') }} as status,
        {{ stripe_instant('seen.payload', 'ended_at') }} as ended_at,
        seen.payload,
        newest.load_id,
        newest.row_no,
        newest.extracted_at
    from seen
    inner join newest on seen.subscription_id = newest.subscription_id
)

select *
from final
