with

customers as (
    select * from {{ ref('customers') }}
),

orders as (
    select * from {{ ref('orders') }}
),

referrals as (
    select * from {{ ref('referrals') }}
),

-- Whoever recommends oneself is not recommended.
final as (
    select customers.customer_id
    from customers
    where
        customers.referred_by_customer_id <> customers.customer_id
        or customers.referral_program is not null
        or customers.acquisition_source = 'referral'
    union
    select orders.customer_id
    from orders
    where
        orders.source = 'referral'
        and orders.is_first_order
        and orders.customer_id is not null
        and orders.ordered_at <= {{ as_of() }}
    union
    select referrals.invitee_customer_id as customer_id
    from referrals
    where
        referrals.invitee_customer_id <> referrals.referrer_customer_id
        and coalesce(referrals.converted_at, referrals.invited_at) <= {{ as_of() }}
        and (referrals.converted_at is not null or referrals.converted_order_id is not null)
)

select * from final
