with

tickets as (
    select
        *,
        -- Closed by itself, without any reply: nobody's work took that long (8.11).
        coalesce(replies_n > 0, true) as is_worked_on
    from {{ ref('fct_ticket') }}
    where exclusion_reason is null
),

durations as (
    select
        'frt_s' as metric_id,
        {{ month_index_of('first_reply_at') }} as month_no,
        channel,
        team_at_first_reply as team,
        topic,
        priority,
        frt_calendar_s as calendar_s,
        frt_business_s as business_s
    from tickets
    where frt_calendar_s is not null
    union all
    select
        'first_resolution_s' as metric_id,
        {{ month_index_of('first_solved_at') }} as month_no,
        channel,
        team_at_first_solve as team,
        topic,
        priority,
        first_resolution_calendar_s as calendar_s,
        first_resolution_business_s as business_s
    from tickets
    where is_worked_on and first_resolution_calendar_s is not null
    union all
    select
        'art_s' as metric_id,
        {{ month_index_of('last_solved_at') }} as month_no,
        channel,
        team_at_last_solve as team,
        topic,
        priority,
        full_resolution_calendar_s as calendar_s,
        full_resolution_business_s as business_s
    from tickets
    where is_worked_on and full_resolution_calendar_s is not null
),

named as (
    select
        metric_id,
        month_no,
        {{ unknown_if_null('channel') }} as channel,
        {{ unknown_if_null('team') }} as team,
        {{ unknown_if_null('topic') }} as topic,
        {{ unknown_if_null('priority') }} as priority,
        calendar_s,
        business_s
    from durations
),

final as (
    select
        metric_id,
        month_no,
        {{ service_dimension() }},
        count(*) as n,
        cast(sum(calendar_s) as decimal(38, 9)) as sum_calendar,
        cast(sum(business_s) as decimal(38, 9)) as sum_business,
        cast({{ quantile('calendar_s', 0.5) }} as decimal(38, 9)) as median_calendar,
        cast({{ quantile('business_s', 0.5) }} as decimal(38, 9)) as median_business,
        cast({{ quantile('calendar_s', 0.9) }} as decimal(38, 9)) as p90_calendar,
        cast({{ quantile('business_s', 0.9) }} as decimal(38, 9)) as p90_business
    from named
    {{ by_service_dimension() }}
)

select * from final
