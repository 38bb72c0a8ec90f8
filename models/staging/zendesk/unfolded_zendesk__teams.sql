{{ unfolding('teams', 'zendesk') }}
with groups as (
    select *
    from {{ ref('zendesk_group') }}
),

schedule as (
    select *
    from {{ ref('zendesk_schedule_span') }}
),

oldest as (
    select min_by(schedule.schedule_no, try_cast(schedule.schedule_no as bigint)) as schedule_no
    from schedule
),

own as (
    select
        groups.group_no,
        coalesce(min(schedule.schedule_no), min(oldest.schedule_no)) as schedule_no
    from groups
    cross join oldest
    left join schedule on lower(trim(groups.team)) = lower(trim(schedule.schedule_name))
    group by groups.group_no
),

placed as (
    select
        groups.group_no,
        groups.team,
        schedule.time_zone,
        schedule.schedule,
        schedule.holidays,
        case when schedule.span_no > 1 then schedule.changed_at end as valid_from,
        coalesce(schedule.span_no, 1) as span_no,
        greatest(groups.load_id, coalesce(schedule.load_id, 0)) as load_id,
        case when schedule.load_id > groups.load_id then schedule.row_no else groups.row_no end
            as envelope_row_no,
        coalesce(schedule.load_id > groups.load_id, false) as is_by_schedule,
        case
            when schedule.load_id > groups.load_id then schedule.extracted_at
            else groups.extracted_at
        end as loaded_at
    from groups
    inner join own on groups.group_no = own.group_no
    left join schedule on own.schedule_no = schedule.schedule_no
),

final as (
    select
        placed.team,
        cast(null as varchar) as unit,
        placed.time_zone,
        placed.schedule,
        placed.holidays,
        placed.valid_from,
        placed.load_id,
        placed.envelope_row_no * 1000000 + row_number() over (
            partition by placed.load_id, placed.envelope_row_no
            order by placed.group_no nulls last, placed.span_no nulls last
        ) as row_no,
        case when placed.is_by_schedule then 'zendesk/schedules' else 'zendesk/groups' end as file,
        placed.loaded_at
    from placed
    where {{ is_unfolded_now('placed.load_id') }}
)

select *
from final
