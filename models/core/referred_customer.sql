with

customers as (
    select * from {{ ref('customers') }}
),

sales as (
    select * from {{ ref('fct_sale') }}
),

referrals as (
    select * from {{ ref('fct_referral') }}
),

self_referrals as (
    select * from {{ ref('self_referral') }}
),

-- Whoever recommends oneself is not recommended (6.5).
final as (
    select customers.customer_id
    from customers
    left join self_referrals
        on
            customers.customer_id = self_referrals.customer_id
            and customers.referred_by_customer_id = self_referrals.referrer_customer_id
    where
        (
            customers.referred_by_customer_id is not null
            or customers.referral_program is not null
            or customers.acquisition_source = 'referral'
        )
        and self_referrals.customer_id is null
    union
    select sales.customer_id
    from sales
    where sales.is_first_order and sales.is_referral
    union
    select referrals.invitee_customer_id as customer_id
    from referrals
    where referrals.converted_at is not null and referrals.invitee_customer_id is not null
)

select * from final
