with

self_referrals as (
    select * from {{ ref('self_referral') }}
),

-- A referral that became an order converted when the order was made, unless it says when.
dated as (
    select
        referrals.referral_id,
        referrals.referrer_customer_id,
        coalesce(referrals.invitee_customer_id, orders.customer_id) as invitee_customer_id,
        {{ unknown_if_null('referrals.program') }} as program,
        referrals.invited_at,
        coalesce(referrals.converted_at, orders.ordered_at) as converted_at,
        referrals.load_id
    from {{ ref('referrals') }} as referrals
    left join {{ ref('orders') }} as orders on referrals.converted_order_id = orders.order_id
    where {{ is_past('referrals.invited_at') }}
),

-- Somebody else was told, and by a customer (6.5, R13).
genuine as (
    select dated.*
    from dated
    left join self_referrals
        on
            dated.referrer_customer_id = self_referrals.referrer_customer_id
            and dated.invitee_customer_id = self_referrals.customer_id
    where
        self_referrals.customer_id is null
        and dated.referrer_customer_id not in (
            select customer_id from {{ ref('customers') }} where is_internal
        )
),

final as (
    select
        genuine.referral_id,
        genuine.referrer_customer_id,
        genuine.invitee_customer_id,
        genuine.program,
        genuine.invited_at,
        {{ month_index_of('genuine.invited_at') }} as month_no,
        case when {{ is_past('genuine.converted_at') }} then genuine.converted_at end
            as converted_at,
        coalesce(
            genuine.converted_at <= {{ add_seconds(
                'genuine.invited_at', var('referral_window_days') ~ ' * 86400'
            ) }},
            false
        ) as is_converted_in_time,
        {{ unknown_if_null('customers.segment') }} as segment,
        {{ unknown_if_null('customers.customer_type') }} as customer_type,
        {{ unknown_if_null('customers.region') }} as region,
        {{ unknown_if_null('customers.acquisition_source') }} as acquisition_source,
        genuine.load_id
    from genuine
    left join {{ ref('customer_version') }} as customers
        on
            genuine.referrer_customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'genuine.invited_at') }}
)

select * from final
