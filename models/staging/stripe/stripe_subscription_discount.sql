{{ config(materialized='table') }}
with version as (
    select
        *,
        row_number() over (partition by id order by load_id nulls last) as version_no
    from {{ source('raw_stripe', 'subscriptions') }}
    where
        id in ({{ touched_ids(source('raw_stripe', 'subscriptions')) }})
        and not is_deleted
),

event as (
    select *
    from {{ ref('stripe_change') }}
    where object_kind = 'subscription'
),

item as (
    select
        version.id,
        version.version_no,
        {{ each_json_item('version.payload', 'items.data') }}
    from version
),

discount as (
    select
        version.id,
        version.version_no,
        'subscription' as scope,
        version.id as scope_id,
        {{ each_json_item('version.payload', 'discounts') }}
    from version
    union all
    select
        item.id,
        item.version_no,
        'item' as scope,
        {{ json_text('item.item', 'id') }} as scope_id,
        {{ each_json_item('item.item', 'discounts') }}
    from item
),

listed as (
    select
        discount.id,
        discount.scope,
        discount.scope_id,
        {{ json_text('discount.item', 'id') }} as discount_id,
        max_by(discount.item, discount.version_no) as payload,
        max(discount.version_no) as last_version_no
    from discount
    group by
        discount.id,
        discount.scope,
        discount.scope_id,
        {{ json_text('discount.item', 'id') }}
),

final as (
    select
        listed.id as subscription_id,
        listed.scope,
        listed.scope_id,
        listed.discount_id,
        listed.payload,
        coalesce(event.changed_at, after.extracted_at) as removed_at
    from listed
    left join version as after
        on listed.id = after.id and listed.last_version_no + 1 = after.version_no
    left join event on after.id = event.object_id and after.extracted_at = event.extracted_at
    where listed.discount_id is not null
)

select *
from final
