with version as (
    select
        *,
        {{ json_text('payload', 'intervals') }} as weekly,
        row_number() over (partition by id order by load_id desc nulls last) as age_no
    from {{ source('raw_zendesk', 'schedules') }}
    where not is_deleted
),

compared as (
    select
        version.*,
        lag(concat_ws('|', {{ json_text('version.payload', 'time_zone') }}, version.weekly)) over (
            partition by version.id order by version.load_id nulls last
        ) as former,
        concat_ws('|', {{ json_text('version.payload', 'time_zone') }}, version.weekly) as terms
    from version
),

-- Minutes since Sunday's midnight, which may pass midnights.
opening as (
    select
        compared.id,
        compared.load_id,
        {{ each_json_item('compared.payload', 'intervals') }}
    from compared
    where compared.former is null or compared.former <> compared.terms
),

minute_span as (
    select
        opening.id,
        opening.load_id,
        {{ json_integer('opening.item', 'start_time') }} as opens_at,
        {{ json_integer('opening.item', 'end_time') }} as closes_at
    from opening
),

weekday as (
    select *
    from {{ zendesk_weekdays() }}
),

day_span as (
    select
        minute_span.id,
        minute_span.load_id,
        weekday.weekday_no,
        weekday.name,
        greatest(minute_span.opens_at - weekday.weekday_no * 1440, 0) as opens_at,
        least(minute_span.closes_at - weekday.weekday_no * 1440, 1440) as closes_at
    from minute_span
    inner join weekday
        on
            minute_span.opens_at < (weekday.weekday_no + 1) * 1440
            and minute_span.closes_at > weekday.weekday_no * 1440
),

week as (
    select
        day_span.id,
        day_span.load_id,
        string_agg(
            day_span.name
            || ' ' || lpad(cast({{ int_div('day_span.opens_at', 60) }} as varchar), 2, '0')
            || ':' || lpad(cast(day_span.opens_at % 60 as varchar), 2, '0')
            || '-' || lpad(cast({{ int_div('day_span.closes_at', 60) }} as varchar), 2, '0')
            || ':' || lpad(cast(day_span.closes_at % 60 as varchar), 2, '0'),
            ', '
            order by day_span.weekday_no nulls last, day_span.opens_at nulls last
        ) as schedule
    from day_span
    group by day_span.id, day_span.load_id
),

holiday as (
    select
        compared.id,
        {{ each_json_item('compared.payload', 'holidays') }}
    from compared
    where compared.age_no = 1
),

holiday_span as (
    select
        holiday.id,
        try_cast({{ json_text('holiday.item', 'start_date') }} as date) as first_on,
        try_cast({{ json_text('holiday.item', 'end_date') }} as date) as last_on
    from holiday
),

holiday_day as (
    select
        holiday_span.id,
        holiday_span.first_on,
        {{ each_integer(
            '0', days_between('holiday_span.first_on', 'holiday_span.last_on') ~ ' + 1'
        ) }} as offset_n
    from holiday_span
),

closed_day as (
    select distinct
        holiday_day.id,
        cast({{ add_days('holiday_day.first_on', 'holiday_day.offset_n') }} as varchar) as day
    from holiday_day
),

closed as (
    select
        closed_day.id,
        string_agg(closed_day.day, ', ' order by closed_day.day nulls last) as holidays
    from closed_day
    group by closed_day.id
),

newest as (
    select
        id,
        load_id,
        row_no,
        extracted_at
    from compared
    where age_no = 1
),

final as (
    select
        compared.id as schedule_no,
        {{ json_text('compared.payload', 'name') }} as schedule_name,
        {{ zendesk_time_zone(json_text('compared.payload', 'time_zone')) }} as time_zone,
        week.schedule,
        closed.holidays,
        row_number() over (partition by compared.id order by compared.load_id nulls last)
            as span_no,
        {{ zendesk_instant('compared.payload', 'updated_at') }} as changed_at,
        newest.load_id,
        newest.row_no,
        newest.extracted_at
    from compared
    inner join week on compared.id = week.id and compared.load_id = week.load_id
    inner join newest on compared.id = newest.id
    left join closed on compared.id = closed.id
    where compared.former is null or compared.former <> compared.terms
)

select *
from final
