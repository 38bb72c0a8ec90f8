"""What was published once: figures that changed since, and what each month said when it froze.

What belongs here: comparing this run's marts.metric_value with the publication before. What does
not: writing files (publish.py). Why it is done this way: docs/decisions/restatement.md.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import duckdb

_KEY = ("metric_id", "statistic", "period_start", "dim_name", "dim_value")
_SAME_FIGURE = " and ".join(f"before.{column} = after.{column}" for column in _KEY)
# Rows of a run that was killed before it published; the next one finds their differences again.
_UNPUBLISHED = "(select run_id from meta.run where status = 'published')"


@cache
def _closed_days(year: int) -> Collection[date]:
    # The calendars of all countries are read on import; the code location loads sooner without.
    import holidays

    return holidays.country_holidays("FI", years=year)


def freezes_on(month: date, working_day: int) -> date:
    """The day on which a month (its first day) freezes: a Finnish working day of the next one."""
    day = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    counted = 0
    while True:
        counted += day.weekday() < 5 and day not in _closed_days(day.year)
        if counted == working_day:
            return day
        day += timedelta(days=1)


def note_changes(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    as_of: datetime,
    now: datetime,
    time_zone: str,
    working_day: int,
) -> int:
    """Write this run's restatements and newly frozen figures; returns how many are restated.

    To be called when the marts are built and before anything is published; may be called again.
    """
    for table, column in (("restatement", "run"), ("frozen_figure", "run_id")):
        connection.execute(f"delete from meta.{table} where {column} not in {_UNPUBLISHED}")
    if _is_look_back(connection, as_of):
        return 0
    restated_n = _note_restatements(connection, run_id, now, time_zone)
    _freeze(connection, run_id, as_of, time_zone, working_day)
    _write_ledger(connection)
    return restated_n


def remember(connection: duckdb.DuckDBPyConnection, run_id: str, as_of: datetime) -> None:
    """Make this run's figures what the next one is compared with; part of closing the run."""
    if _is_look_back(connection, as_of):
        return
    connection.execute("delete from meta.published_figure")
    connection.execute(
        "insert into meta.published_figure "
        "select metric_id, statistic, period_start, dim_name, dim_value, value, status, "
        "coalesce(is_mature, false), metric_version, as_of, ? from marts.metric_value "
        "where period_grain = 'month'",
        [run_id],
    )


def _is_look_back(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> bool:
    row = connection.execute("select max(as_of) > ? from meta.published_figure", [as_of]).fetchone()
    return bool(row and row[0])


def _note_restatements(
    connection: duckdb.DuckDBPyConnection, run_id: str, now: datetime, time_zone: str
) -> int:
    """A missing figure reads as zero: a new dimension value adds zeros to months long told."""
    row = connection.execute(
        f"""
        insert into meta.restatement
        with before as (
            select * from meta.published_figure
        ), after as (
            select * from marts.metric_value where period_grain = 'month'
        ), told as (
            select distinct metric_id, statistic, period_start, dim_name from before where is_mature
        ), previous as (
            select
                any_value(before.metric_version) as metric_version,
                any_value(run.build_fingerprint) as build_fingerprint,
                cast(timezone($time_zone, any_value(before.as_of)) as date) as last_on
            from before
            left join meta.run on before.run_id = run.run_id
        ), paired as (
            select
                coalesce(after.metric_id, before.metric_id) as metric_id,
                coalesce(after.statistic, before.statistic) as statistic,
                coalesce(after.period_start, before.period_start) as period_start,
                coalesce(after.dim_name, before.dim_name) as dim_name,
                coalesce(after.dim_value, before.dim_value) as dim_value,
                before.value as before_value,
                after.value as after_value,
                before.status as status_before,
                after.status as status_after,
                before.is_mature as was_told,
                after.is_mature as is_mature,
                after.metric_version
            from before
            full outer join after on {_SAME_FIGURE}
        )
        select
            paired.metric_id, paired.period_start, paired.before_value, paired.after_value, $run_id,
            paired.statistic, paired.dim_name, paired.dim_value, paired.status_before,
            paired.status_after,
            exists (
                select 1 from meta.frozen_figure as frozen
                where frozen.metric_id = paired.metric_id
                    and frozen.period_start = paired.period_start
            ),
            case
                when run.build_fingerprint is distinct from previous.build_fingerprint
                    or coalesce(paired.metric_version, previous.metric_version)
                    is distinct from previous.metric_version
                    then 'definition'
                else 'data'
            end,
            $now
        from paired
        cross join previous
        inner join meta.run on run.run_id = $run_id
        left join told
            on paired.metric_id = told.metric_id
            and paired.statistic = told.statistic
            and paired.period_start = told.period_start
            and paired.dim_name = told.dim_name
        where case
            when paired.was_told and paired.is_mature is null
                then coalesce(paired.before_value, 0) <> 0
            when paired.was_told then paired.before_value is distinct from paired.after_value
            when paired.was_told is null
                then
                    paired.is_mature
                    and told.metric_id is not null
                    and coalesce(paired.after_value, 0) <> 0
                    -- A cohort grows by a cell each month; what was not due yet is no restatement.
                    and (
                        paired.dim_name <> 'month_index'
                        or paired.period_start
                        + to_months(1 + coalesce(try_cast(paired.dim_value as integer), 0))
                        <= previous.last_on
                    )
        end
        """,
        {"run_id": run_id, "now": now, "time_zone": time_zone},
    ).fetchone()
    return int(row[0]) if row else 0


def _freeze(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    as_of: datetime,
    time_zone: str,
    working_day: int,
) -> None:
    """Append the months of metrics that are due and not in the ledger yet."""
    today = as_of.astimezone(ZoneInfo(time_zone)).date()
    months: Sequence[tuple[date]] = connection.execute(
        "select distinct period_start from marts.metric_value where period_grain = 'month'"
    ).fetchall()
    due = [month for (month,) in months if freezes_on(month, working_day) <= today]
    connection.execute(
        """
        insert into meta.frozen_figure
        select
            fresh.metric_id, fresh.statistic, fresh.period_start, fresh.dim_name, fresh.dim_value,
            fresh.value, fresh.status, fresh.metric_version, fresh.as_of, $run_id
        from marts.metric_value as fresh
        where fresh.period_grain = 'month'
            and fresh.is_mature
            and list_contains($due, fresh.period_start)
            and not exists (
                select 1 from meta.frozen_figure as frozen
                where frozen.metric_id = fresh.metric_id
                    and frozen.period_start = fresh.period_start
            )
        """,
        {"run_id": run_id, "due": due},
    )


def _write_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    same = " and ".join(f"frozen.{column} = present.{column}" for column in _KEY)
    connection.execute(
        f"""
        create or replace table meta.ledger as
        select
            frozen.metric_id, frozen.statistic, frozen.period_start as month, frozen.dim_name,
            frozen.dim_value, frozen.value as frozen_value, frozen.status as frozen_status,
            case when present.value is distinct from frozen.value then present.value end
                as restated_value,
            present.value is distinct from frozen.value as is_restated,
            frozen.metric_version, frozen.as_of, frozen.run_id
        from meta.frozen_figure as frozen
        left join marts.metric_value as present on {same} and present.period_grain = 'month'
        """
    )
