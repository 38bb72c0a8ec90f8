with

answers as (
    select * from {{ ref('cx_answer') }}
    where instrument = 'nps' and customer_id is not null
),

months as (
    select
        customer_id,
        {{ month_index('month') }} as month_no,
        opening_mrr_eur
    from {{ ref('fct_customer_month') }}
    where opening_mrr_eur > 0
),

customers as (
    select
        month_no,
        measurement_level,
        instrument,
        customer_id,
        {{ cx_cut() }},
        count(*) as n,
        cast(sum(bucket) / count(*) as decimal(18, 12)) as mean_bucket
    from answers
    {{ by_cx_cut('month_no, measurement_level, instrument, customer_id') }}
),

final as (
    select
        customers.month_no,
        customers.measurement_level,
        customers.instrument,
        customers.touchpoint,
        customers.unit,
        customers.market,
        customers.segment,
        cast(sum(customers.n) as bigint) as identified_n,
        count(*) as customers_n,
        cast(sum(customers.mean_bucket) as decimal(38, 9)) as bucket_sum,
        cast(coalesce(sum(months.opening_mrr_eur), 0) as decimal(38, 9)) as weight_eur,
        cast(
            coalesce(sum(customers.mean_bucket * months.opening_mrr_eur), 0) as decimal(38, 9)
        ) as weighted_sum
    from customers
    left join months
        on customers.customer_id = months.customer_id and customers.month_no = months.month_no
    group by
        customers.month_no,
        customers.measurement_level,
        customers.instrument,
        customers.touchpoint,
        customers.unit,
        customers.market,
        customers.segment
)

select * from final
