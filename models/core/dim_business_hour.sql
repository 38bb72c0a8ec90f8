with

intervals as (
    select
        *,
        cum_seconds * 1000000 as from_us,
        cum_seconds * 1000000 + {{ elapsed_us('opens_at', 'closes_at') }} as until_us,
        lead(opens_at) over (
            partition by schedule_id order by opens_at asc nulls last
        ) as next_opens_at
    from {{ ref('dim_business_interval') }}
    where opens_at < closes_at
),

final as (
    select
        schedule_id,
        {{ each_integer(
            int_div('from_us', 3600000000), int_div('(until_us - 1)', 3600000000) ~ ' + 1'
        ) }} as business_hour,
        from_us,
        until_us,
        opens_at,
        next_opens_at
    from intervals
)

select * from final
