from datetime import UTC, datetime, timedelta

import pyarrow as pa

from pipelines.business_calendar import ScheduleError, business_intervals, parse_schedule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Deadlines lie ahead; a year of hours is enough for every target that anybody sets.
AHEAD = timedelta(days=366)
COLUMNS = pa.schema(
    [
        pa.field("schedule_id", pa.string()),
        pa.field("epoch_day", pa.int32()),
        *(
            pa.field(name, pa.timestamp("us", tz="UTC"))
            for name in ("starts_at", "ends_at", "opens_at", "closes_at")
        ),
        pa.field("cum_seconds", pa.int64()),
    ]
)


def read_schedules(teams):
    """schedule_id → Schedule. Raises ScheduleError naming the team, the field and the text."""
    schedules = {}
    for schedule_id, team, *texts in teams:
        try:
            schedules[schedule_id] = parse_schedule(*texts)
        except ScheduleError as error:
            raise ScheduleError(f"teams: team {team!r}: {error}") from error
    return schedules


def model(dbt, session):
    dbt.config(materialized="table")
    ((as_of,),) = dbt.source("meta", "run_context").aggregate("max(as_of)").fetchall()
    ((ticket_from,),) = dbt.ref("tickets").aggregate("min(created_at)").fetchall()
    ((message_from,),) = dbt.ref("messages").aggregate("min(sent_at)").fetchall()
    starts = [instant for instant in (ticket_from, message_from) if instant]
    # There is no ticket from before 1970, only a date that stands for none.
    first = max(min(starts, default=as_of), EPOCH).astimezone(UTC)
    last = as_of.astimezone(UTC) + AHEAD
    teams = (
        dbt.ref("dim_team_schedule")
        .aggregate("schedule_id, min(team), time_zone, schedule, holidays")
        .fetchall()
    )
    rows = [
        {
            "schedule_id": schedule_id,
            "epoch_day": (interval.starts_at - EPOCH) // timedelta(days=1),
            "starts_at": interval.starts_at,
            "ends_at": interval.ends_at,
            "opens_at": interval.opens_at,
            "closes_at": interval.closes_at,
            "cum_seconds": interval.cum_seconds,
        }
        for schedule_id, schedule in read_schedules(teams).items()
        for interval in business_intervals(schedule, first.date(), last.date())
    ]
    return pa.Table.from_pylist(rows, schema=COLUMNS)
