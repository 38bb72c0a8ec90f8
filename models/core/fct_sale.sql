with

customers as (
    select * from {{ ref('customers') }}
),

dated as (
    select
        *,
        {{ local_date('ordered_at') }} as ordered_on
    from {{ ref('orders') }}
    where {{ is_past('ordered_at') }}
),

-- By whom the buyer says it was brought: the referral that became this order, else its record.
referrers as (
    select
        converted_order_id as order_id,
        min(referrer_customer_id) as referrer_customer_id
    from {{ ref('referrals') }}
    where converted_order_id is not null
    group by converted_order_id
),

-- Whoever brought itself was not brought (6.5); a guest is in the sales and in nobody's figures.
placed as (
    select
        dated.*,
        dated.net_amount > 0 as is_purchase,
        coalesce(dated.order_source = 'referral', false)
        and self_referrals.customer_id is null as is_referral
    from dated
    left join referrers on dated.order_id = referrers.order_id
    left join customers on dated.customer_id = customers.customer_id
    left join {{ ref('self_referral') }} as self_referrals
        on
            dated.customer_id = self_referrals.customer_id
            and coalesce(referrers.referrer_customer_id, customers.referred_by_customer_id)
            = self_referrals.referrer_customer_id
    where not coalesce(customers.is_internal, false)
),

numbered as (
    select
        *,
        row_number() over (
            partition by customer_id, is_purchase
            order by ordered_at asc nulls last, order_id asc nulls last
        ) as purchase_no
    from placed
),

final as (
    select
        numbered.order_id,
        numbered.customer_id,
        {{ unknown_if_null('numbered.service') }} as service,
        numbered.ordered_at,
        {{ month_index('numbered.ordered_on') }} as month_no,
        {{ to_eur('numbered.net_amount', 'rates.units_per_eur') }} as net_eur,
        numbered.is_purchase,
        numbered.is_referral,
        {{ unknown_if_null('numbered.referral_program') }} as program,
        numbered.is_purchase
        and numbered.customer_id is not null
        and coalesce(numbered.is_first_order, numbered.purchase_no = 1) as is_first_order,
        {{ unknown_if_null('customers.segment') }} as segment,
        {{ unknown_if_null('customers.customer_type') }} as customer_type,
        {{ unknown_if_null('customers.region') }} as region,
        {{ unknown_if_null('customers.acquisition_source') }} as acquisition_source,
        numbered.load_id
    from numbered
    left join {{ ref('dim_fx_rate') }} as rates
        on numbered.currency = rates.currency and numbered.ordered_on = rates.day
    left join {{ ref('customer_version') }} as customers
        on
            numbered.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'numbered.ordered_at') }}
)

select * from final
