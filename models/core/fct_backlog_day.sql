-- Both are stocks at the end of a day, by changes from day to day: a closed day never changes.
-- depends_on: {{ ref('changed_service_month') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_restocked('day', 'day') }}",
    )
}}

with

-- One look at the time zone, not one for each row.
today as (
    select {{ local_date(as_of()) }} as day
),

age_bands as (
    select
        bands.age_band,
        bands.from_day,
        bands.until_day
    from (
        values
        ('0-1', 0, 1),
        ('2-7', 1, 7),
        ('8-30', 7, 30),
        ('>30', 30, null)
    ) as bands (age_band, from_day, until_day)
),

open_pieces as (
    select
        {{ unknown_if_null('spans.team') }} as team,
        spans.channel,
        age_bands.age_band,
        cast(null as varchar) as requester,
        {{ band_piece('spans') }}
    from {{ ref('fct_ticket_open_span') }} as spans
    inner join age_bands on {{ is_in_band('spans') }}
    where {{ is_restocked('spans.to_on', 'day') }}
),

waiting_pieces as (
    select
        {{ unknown_if_null('spans.team') }} as team,
        spans.channel,
        age_bands.age_band,
        spans.requester,
        {{ band_piece('spans') }}
    from {{ ref('fct_customer_wait') }} as spans
    inner join age_bands on {{ is_in_band('spans') }}
    where {{ is_restocked('spans.to_on', 'day') }}
),

-- Who waits on two tickets of a cell at once is one waiting customer.
followed as (
    select
        *,
        max(coalesce(to_on, date '9999-12-31')) over (
            partition by team, channel, age_band, requester
            order by from_on asc nulls last, coalesce(to_on, date '9999-12-31') asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from waiting_pieces
),

uncovered as (
    select
        team,
        channel,
        age_band,
        greatest(from_on, coalesce(covered_until, from_on)) as from_on,
        to_on
    from followed
    where coalesce(to_on, date '9999-12-31') > coalesce(covered_until, from_on)
),

pieces as (
    select team, channel, age_band, from_on, to_on, 1 as open_n, 0 as waiting_n
    from open_pieces
    union all
    select team, channel, age_band, from_on, to_on, 0 as open_n, 1 as waiting_n
    from uncovered
),

counted_pieces as (
    select
        team,
        channel,
        age_band,
        {{ restocked_from('from_on', 'day') }} as from_on,
        to_on,
        open_n,
        waiting_n
    from pieces
    where {{ is_restocked('to_on', 'day') }}
),

changes as (
    select team, channel, age_band, from_on as day, open_n, waiting_n
    from counted_pieces
    union all
    select team, channel, age_band, to_on as day, -open_n as open_n, -waiting_n as waiting_n
    from counted_pieces
    where to_on is not null
),

changed as (
    select
        team,
        channel,
        age_band,
        day,
        sum(open_n) as open_n,
        sum(waiting_n) as waiting_n
    from changes
    where day < (select today.day from today)
    group by team, channel, age_band, day
),

running as (
    select
        team,
        channel,
        age_band,
        day,
        lead(day, 1, (select today.day from today)) over (
            partition by team, channel, age_band order by day asc nulls last
        ) as next_day,
        cast(
            sum(open_n) over (
                partition by team, channel, age_band
                order by day asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as open_tickets_n,
        cast(
            sum(waiting_n) over (
                partition by team, channel, age_band
                order by day asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as waiting_customers_n
    from changed
),

days as (
    select
        *,
        {{ each_integer('0', days_between('day', 'next_day')) }} as days_later
    from running
    where open_tickets_n > 0 or waiting_customers_n > 0
),

final as (
    select
        {{ add_days('day', 'days_later') }} as day,
        team,
        channel,
        age_band,
        open_tickets_n,
        waiting_customers_n
    from days
)

select * from final
