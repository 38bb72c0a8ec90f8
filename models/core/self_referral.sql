with

customers as (
    select * from {{ ref('customers') }}
),

-- Who is said to have brought whom: by the referral, the order it became, the customer itself.
pairs as (
    select
        referrer_customer_id,
        invitee_customer_id as customer_id
    from {{ ref('referrals') }}
    where invitee_customer_id is not null
    union
    select
        referrals.referrer_customer_id,
        orders.customer_id
    from {{ ref('referrals') }} as referrals
    inner join {{ ref('orders') }} as orders on referrals.converted_order_id = orders.order_id
    where orders.customer_id is not null
    union
    select
        referred_by_customer_id as referrer_customer_id,
        customer_id
    from customers
    where referred_by_customer_id is not null
),

-- What makes two accounts one (R12).
identities as (
    select
        customer_id,
        'business ' || lower(trim(business_id)) as identity
    from customers
    where business_id is not null
    union
    select
        customer_id,
        'email ' || email as identity
    from {{ ref('people') }}
    where customer_id is not null and email is not null
    union
    select
        customer_id,
        'phone ' || phone as identity
    from {{ ref('people') }}
    where customer_id is not null and phone is not null
),

final as (
    select
        referrer_customer_id,
        customer_id
    from pairs
    where referrer_customer_id = customer_id
    union
    select
        pairs.referrer_customer_id,
        pairs.customer_id
    from pairs
    inner join identities as referrers on pairs.referrer_customer_id = referrers.customer_id
    inner join identities as invitees
        on
            pairs.customer_id = invitees.customer_id
            and referrers.identity = invitees.identity
)

select * from final
