with

sales as (
    select * from {{ ref('fct_sale') }}
),

sold as (
    select
        month_no,
        {{ single_cut(['service'] + customer_dimensions()) }},
        count(*) filter (where is_purchase) as purchases_n,
        count(*) filter (where is_purchase and is_referral) as referred_n,
        cast(sum(net_eur) as decimal(38, 9)) as net_eur,
        cast(coalesce(sum(net_eur) filter (where is_referral), 0) as decimal(38, 9))
            as referred_eur
    from sales
    {{ by_single_cut(['month_no'], ['service'] + customer_dimensions()) }}
),

-- Zero, too, in a month in which others bought and nobody was brought.
brought as (
    select
        month_no,
        {{ single_cut(['program']) }},
        count(distinct customer_id) filter (where is_first_order and is_referral) as customers_n
    from sales
    {{ by_single_cut(['month_no'], ['program']) }}
    having
        grouping(program) = 1
        or count(*) filter (where is_first_order and is_referral) > 0
),

sent as (
    select
        month_no,
        {{ single_cut(['program'] + customer_dimensions()) }},
        count(*) as referrals_n,
        count(*) filter (where is_converted_in_time) as converted_n
    from {{ ref('fct_referral') }}
    {{ by_single_cut(['month_no'], ['program'] + customer_dimensions()) }}
),

final as (
    select
        'customer_referral_rate' as metric_id,
        month_no,
        dim_name,
        dim_value,
        cast(referred_n as decimal(38, 9)) as numerator,
        cast(purchases_n as decimal(38, 9)) as denominator,
        purchases_n as n
    from sold
    union all
    select
        'referred_revenue_share' as metric_id,
        month_no,
        dim_name,
        dim_value,
        referred_eur as numerator,
        net_eur as denominator,
        purchases_n as n
    from sold
    union all
    select
        'referred_customers' as metric_id,
        month_no,
        dim_name,
        dim_value,
        customers_n as numerator,
        null as denominator,
        customers_n as n
    from brought
    union all
    select
        'referrals_sent' as metric_id,
        month_no,
        dim_name,
        dim_value,
        referrals_n as numerator,
        null as denominator,
        referrals_n as n
    from sent
    union all
    select
        'referral_conversion_rate' as metric_id,
        month_no,
        dim_name,
        dim_value,
        converted_n as numerator,
        referrals_n as denominator,
        referrals_n as n
    from sent
    where dim_name in ('all', 'program')
)

select * from final
