with

-- What the company delivered itself rules over what the ECB published of the same day.
rates as (
    select fx_rates.*
    from {{ ref('fx_rates') }} as fx_rates
    qualify row_number() over (
        partition by fx_rates.currency, fx_rates.rate_date
        order by
            case when fx_rates.source = 'ecb' then 1 else 0 end nulls last,
            fx_rates.source nulls last
    ) = 1
),

months as (
    select * from {{ ref('dim_month') }}
),

last_day as (
    select {{ local_date(as_of()) }} as last_on
),

published as (
    select
        rates.currency,
        rates.rate_date,
        rates.units_per_eur,
        lead(rates.rate_date) over (
            partition by rates.currency order by rates.rate_date nulls last
        ) as next_rate_date,
    from rates
    where rates.currency <> 'EUR'
),

spans as (
    select
        published.currency,
        published.rate_date as from_on,
        least(
            coalesce(published.next_rate_date, {{ add_days('last_day.last_on', 1) }}),
            {{ add_days('last_day.last_on', 1) }}
        ) as until_on,
        published.units_per_eur,
    from published
    cross join last_day
    union all
    select
        'EUR' as currency,
        {{ add_days('min(months.month)', -1) }} as from_on,
        {{ add_days('max(last_day.last_on)', 1) }} as until_on,
        cast(1 as decimal(18, 6)) as units_per_eur,
    from months
    cross join last_day
    having count(*) > 0
),

days as (
    select
        spans.currency,
        spans.from_on as published_on,
        spans.units_per_eur,
        {{ each_integer('0', days_between('spans.from_on', 'spans.until_on')) }} as days_later,
    from spans
),

final as (
    select
        days.currency,
        {{ add_days('days.published_on', 'days.days_later') }} as day,
        days.published_on,
        days.units_per_eur,
    from days
)

select * from final
