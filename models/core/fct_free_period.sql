with

intervals as (
    select * from {{ ref('unbilled_interval') }}
),

periods as (
    select * from {{ ref('fct_paid_period') }}
    union all
    select * from {{ ref('fct_given_period') }}
),

prices as (
    select * from {{ ref('price_version') }}
),

rates as (
    select * from {{ ref('dim_fx_rate') }}
),

customers as (
    select * from {{ ref('customer_version') }}
),

currencies as (
    select * from {{ ref('currency') }}
),

-- Free is what was paid-state from its first to its last second, whatever changed within.
paid_intervals as (
    select
        intervals.subscription_id,
        intervals.item_id,
        intervals.service_from,
        intervals.service_to,
    from intervals
    inner join periods
        on
            intervals.subscription_id = periods.subscription_id
            and intervals.item_id = periods.item_id
            and periods.valid_from < intervals.service_to
            and coalesce(periods.valid_to, {{ end_of_time() }}) > intervals.service_from
    group by
        intervals.subscription_id,
        intervals.item_id,
        intervals.service_from,
        intervals.service_to
    having
        sum(
            {{ elapsed_us(
                'greatest(periods.valid_from, intervals.service_from)',
                'least(coalesce(periods.valid_to, ' ~ end_of_time() ~ '), intervals.service_to)'
            ) }}
        ) = {{ elapsed_us('intervals.service_from', 'intervals.service_to') }}
),

dated as (
    select
        paid_intervals.*,
        periods.customer_id,
        periods.service,
        periods.plan,
        periods.price_id,
        periods.currency,
        periods.quantity,
        periods.load_id,
        {{ local_date('paid_intervals.service_from') }} as issued_on,
    from paid_intervals
    inner join periods
        on
            paid_intervals.item_id = periods.item_id
            and paid_intervals.subscription_id = periods.subscription_id
            and {{ is_valid_at('periods', 'paid_intervals.service_from') }}
),

priced as (
    select
        dated.*,
        {{ round_minor(
            wide('prices.unit_list') ~ ' * dated.quantity',
            'coalesce(currencies.minor_unit, 2)'
        ) }} as list_price,
        {{ round_minor(
            wide('prices.unit_target') ~ ' * dated.quantity',
            'coalesce(currencies.minor_unit, 2)'
        ) }} as target,
    from dated
    inner join prices
        on
            dated.price_id = prices.price_id
            and dated.currency = prices.currency
            and dated.issued_on >= prices.valid_from_on
            and dated.issued_on < prices.valid_to_on
            and dated.quantity >= prices.tier_from_quantity
            and dated.quantity < coalesce(prices.tier_to_quantity, 1e12)
    left join currencies on dated.currency = currencies.currency
),

final as (
    select
        priced.customer_id,
        priced.subscription_id,
        priced.item_id,
        priced.service,
        priced.plan,
        coalesce(customers.segment, 'unknown') as segment,
        priced.issued_on,
        priced.service_from,
        priced.service_to,
        priced.currency,
        {{ to_eur('priced.list_price', 'rates.units_per_eur') }}
        - {{ to_eur('priced.target', 'rates.units_per_eur') }} as tier_eur,
        {{ to_eur('priced.target', 'rates.units_per_eur') }} as target_eur,
        priced.load_id,
    from priced
    left join rates on priced.currency = rates.currency and priced.issued_on = rates.day
    left join customers
        on
            priced.customer_id = customers.customer_id
            and {{ is_valid_at('customers', 'priced.service_from') }}
)

select * from final
