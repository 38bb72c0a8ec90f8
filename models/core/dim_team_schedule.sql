with

teams as (
    select *
    from {{ ref('teams') }}
    where valid_from is null or valid_from <= {{ as_of() }}
),

-- The schedule of tickets without a team, or of a team nobody described.
default_schedule as (
    select
        cast(null as varchar) as team,
        cast(null as timestamptz) as valid_from,
        cast(null as timestamptz) as valid_to,
        '{{ var("reporting_tz") }}' as time_zone,
        cast(null as varchar) as schedule,
        cast(null as varchar) as holidays,
        'fi_default' as schedule_id,
        cast(null as bigint) as load_id
),

versions as (
    select
        team,
        valid_from,
        row_number() over (partition by team order by valid_from asc nulls first) as version_no,
        lead(valid_from) over (partition by team order by valid_from asc nulls first) as valid_to,
        coalesce(time_zone, '{{ var("reporting_tz") }}') as schedule_tz,
        schedule,
        holidays,
        load_id
    from teams
),

final as (
    select
        team,
        -- The first known version holds from the beginning of time (R15).
        case when version_no > 1 then valid_from end as valid_from,
        valid_to,
        schedule_tz as time_zone,
        schedule,
        holidays,
        case
            when
                schedule is null
                and holidays is null
                and schedule_tz = '{{ var("reporting_tz") }}'
                then 'fi_default'
            -- Teams with the same hours share one calendar.
            else
                substr(
                    md5(
                        concat_ws(
                            '|', schedule_tz, coalesce(schedule, '-'), coalesce(holidays, '-')
                        )
                    ),
                    1,
                    12
                )
        end as schedule_id,
        load_id
    from versions
    union all
    select * from default_schedule
)

select * from final
