"""How far the published figures can be trusted: their age, their checks, and what is missing.

Everything is read from the published file, so it says the same to everybody who holds one. Neither
Dagster nor dbt is imported here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assets.published import current_file
from pipelines.settings import Home

DAY_S = 86_400
# A source is overdue after so many of its usual times between deliveries.
OVERDUE_AFTER = 3
# So many versions are set beside each other.
TREND_RUNS = 5

CHECKED = (
    "count(*) filter (where outcome = 'passed'), "
    "count(*) filter (where outcome = 'failed' and severity = 'warn'), "
    "count(*) filter (where outcome = 'failed' and severity = 'block'), "
    "count(*) filter (where outcome = 'error')"
)


class NothingPublishedError(LookupError):
    """There is no published file that can be read; the message says how to get one."""


@dataclass(frozen=True)
class Publication:
    """The run that the published file comes from."""

    run_id: str
    as_of: datetime
    published_at: datetime
    previous_run_id: str | None
    stopped_runs_n: int


@dataclass(frozen=True)
class Freshness:
    """How far a source's entities reach; the oldest of them is the source's own.

    `usual_days` is the median time between its deliveries, where published runs have seen three.
    """

    source: str
    newest_at: datetime
    oldest_at: datetime
    oldest_entity: str
    rows_n: int
    usual_days: float | None

    def is_overdue(self, now: datetime) -> bool:
        """Whether nothing came for three times as long as is usual for it."""
        if self.usual_days is None:
            return False
        return (now - self.newest_at).total_seconds() > OVERDUE_AFTER * self.usual_days * DAY_S


@dataclass(frozen=True)
class Checks:
    """Outcomes of one run; in a published one, what failed was let through by a person."""

    passed_n: int
    warned_n: int
    failed_n: int
    errors_n: int


@dataclass(frozen=True)
class Override:
    """A failed expectation that a person let through."""

    address: str
    observed: str | None
    why: str


@dataclass(frozen=True)
class Quarantined:
    """An entity of which rows are set aside; shares are of all rows ever delivered."""

    entity: str
    source: str
    rows_n: int
    share: float
    previous_share: float | None


@dataclass(frozen=True)
class Coverage:
    """How many metrics of the catalogue have a company figure for the last closed month."""

    month: str | None
    metrics_n: int
    with_value_n: int
    by_status: dict[str, int]


@dataclass(frozen=True)
class Moment:
    """What was published earlier, for comparison; coverage where the version is still kept."""

    published_at: datetime
    oldest_days: float | None
    checks: Checks
    overrides_n: int
    quarantined_n: int
    quarantined_share: float | None
    coverage: Coverage | None


@dataclass(frozen=True)
class Trust:
    """All of it, for one published file."""

    file: Path
    publication: Publication
    freshness: list[Freshness]
    checks: Checks
    previous_checks: Checks | None
    overrides: list[Override]
    quarantined: list[Quarantined]
    coverage: Coverage
    previous_coverage: Coverage | None
    trend: list[Moment]


def examine(home: Home) -> Trust:
    """Read the published file. Raises NothingPublishedError."""
    file = current_file(home)
    if not file.exists():
        raise NothingPublishedError(
            f"nothing is published in {home.path} yet; run `mittaristo run`, or name another "
            "folder with --home"
        )
    try:
        with duckdb.connect(str(file.resolve()), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return _trust(connection, file)
    except duckdb.CatalogException as error:
        raise NothingPublishedError(
            f"{file} was published by an older version of mittaristo; run `mittaristo run` once"
        ) from error


def _trust(connection: duckdb.DuckDBPyConnection, file: Path) -> Trust:
    publication = _publication(connection)
    previous = publication.previous_run_id
    return Trust(
        file=file,
        publication=publication,
        freshness=_freshness(connection, publication.run_id),
        checks=count_checks(connection, publication.run_id),
        previous_checks=count_checks(connection, previous) if previous else None,
        overrides=_overrides(connection, publication.run_id),
        quarantined=_quarantined(connection, publication.run_id, previous),
        coverage=_coverage(connection),
        previous_coverage=_previous_coverage(file),
        trend=_trend(connection, file),
    )


def _publication(connection: duckdb.DuckDBPyConnection) -> Publication:
    runs = connection.execute(
        "select run_id, as_of, finished_at from meta.run where status = 'published' "
        "order by started_at desc limit 2"
    ).fetchall()
    run_id, as_of, published_at = runs[0]
    previous = runs[1][0] if len(runs) > 1 else None
    failed = connection.execute(
        "select count(*) from meta.run where status <> 'published' and started_at > coalesce("
        "(select started_at from meta.run where run_id = ?), timestamptz '1970-01-01')",
        [previous],
    ).fetchone()
    return Publication(run_id, as_of, published_at, previous, failed[0] if failed else 0)


def _freshness(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[Freshness]:
    rows = connection.execute(
        """
        with delivered as (
            select distinct source, cast(watermark_at as date) as day
            from meta.source_freshness
        ),
        gap as (
            select source, day - lag(day) over (partition by source order by day) as days_n
            from delivered
        ),
        rhythm as (
            select source, median(days_n) as usual_days
            from gap
            group by source
            having count(days_n) >= 3
        )
        select
            now.source, max(now.watermark_at), min(now.watermark_at),
            min_by(now.entity, now.watermark_at), sum(now.rows_n)::bigint,
            any_value(rhythm.usual_days)
        from meta.source_freshness as now
        left join rhythm on now.source = rhythm.source
        where now.run_id = ?
        group by now.source
        order by now.source
        """,
        [run_id],
    ).fetchall()
    return [Freshness(*row) for row in rows]


def _trend(connection: duckdb.DuckDBPyConnection, current: Path) -> list[Moment]:
    """This version and those before it, the newest first."""
    runs = connection.execute(
        """
        select
            run.run_id, run.finished_at, run.published_file,
            (
                select date_diff('second', min(watermark_at), run.finished_at) / 86400.0
                from meta.source_freshness as fresh
                where fresh.run_id = run.run_id
            ),
            (select count(*) from meta.override as o where o.run_id = run.run_id),
            account.rows_n, account.share
        from meta.run as run
        left join (
            select
                run_id, sum(rows_quarantined)::bigint as rows_n,
                sum(rows_quarantined) / nullif(sum(rows_in), 0) as share
            from meta.row_account
            group by run_id
        ) as account on run.run_id = account.run_id
        where run.status = 'published'
        order by run.started_at desc
        limit ?
        """,
        [TREND_RUNS],
    ).fetchall()
    return [
        Moment(
            published_at=published_at,
            oldest_days=oldest_days,
            checks=count_checks(connection, run_id),
            overrides_n=overrides_n,
            quarantined_n=quarantined_n or 0,
            quarantined_share=share,
            coverage=_kept_coverage(connection, current, file),
        )
        for run_id, published_at, file, oldest_days, overrides_n, quarantined_n, share in runs
    ]


def _kept_coverage(
    connection: duckdb.DuckDBPyConnection, current: Path, name: str | None
) -> Coverage | None:
    """Of a version by the name of its file; the open one is the current one."""
    if name is None or name == current.resolve().name:
        return _coverage(connection) if name else None
    file = current.parent / name
    if not file.exists():
        return None
    with duckdb.connect(str(file), read_only=True) as reader:
        return _coverage(reader)


def count_checks(connection: duckdb.DuckDBPyConnection, run_id: str) -> Checks:
    """What the gates of a run found."""
    row = connection.execute(
        f"select {CHECKED} from meta.expectation_result where run_id = ?", [run_id]
    ).fetchone()
    assert row is not None
    return Checks(*row)


def _overrides(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[Override]:
    rows = connection.execute(
        "select table_name || ':' || expectation, observed_value, why from meta.override "
        "where run_id = ? order by 1",
        [run_id],
    ).fetchall()
    return [Override(*row) for row in rows]


def _quarantined(
    connection: duckdb.DuckDBPyConnection, run_id: str, previous: str | None
) -> list[Quarantined]:
    rows = connection.execute(
        """
        select
            now.entity, now.source, now.rows_quarantined,
            now.rows_quarantined / now.rows_in,
            before.rows_quarantined / nullif(before.rows_in, 0)
        from meta.row_account as now
        left join meta.row_account as before
            on now.entity = before.entity and now.source = before.source and before.run_id = ?
        where now.run_id = ? and now.rows_quarantined > 0
        order by now.rows_quarantined desc, now.entity, now.source
        """,
        [previous, run_id],
    ).fetchall()
    return [Quarantined(*row) for row in rows]


def _coverage(connection: duckdb.DuckDBPyConnection) -> Coverage:
    metrics = connection.execute("select count(*) from meta.metric").fetchone()
    last = connection.execute(
        "select max(period_start) from marts.metric_value "
        "where period_grain = 'month' and is_mature and dim_name = 'all'"
    ).fetchone()
    month = last[0] if last else None
    statuses = connection.execute(
        # A metric with one good statistic has a figure; the best status speaks for it.
        """
        select status, count(*) from (
            select metric_id, min_by(status, case status when 'ok' then 0 when 'low_n' then 1
                when 'suppressed' then 2 when 'immature' then 3 when 'no_data' then 4 else 5 end)
                as status
            from marts.metric_value
            where dim_name = 'all' and period_grain = 'month' and period_start = ?
            group by metric_id
        ) group by status order by status
        """,
        [month],
    ).fetchall()
    by_status = dict(statuses)
    return Coverage(
        month=f"{month:%Y-%m}" if month else None,
        metrics_n=metrics[0] if metrics else 0,
        with_value_n=by_status.get("ok", 0) + by_status.get("low_n", 0),
        by_status=by_status,
    )


def _previous_coverage(current: Path) -> Coverage | None:
    """Of the version before, where it is still kept."""
    kept = sorted(current.parent.glob("mittaristo-*.duckdb"))
    before = [file for file in kept if file.name < current.resolve().name]
    if not before:
        return None
    with duckdb.connect(str(before[-1]), read_only=True) as connection:
        return _coverage(connection)


def in_words(trust: Trust, now: datetime | None = None) -> Iterator[str]:
    """The report as lines of text."""
    now = now or datetime.now(UTC)
    publication = trust.publication
    yield f"{trust.file}"
    yield (
        f"published {publication.published_at:%Y-%m-%d %H:%M} UTC, "
        f"{_age(now, publication.published_at)} ago; figures as of "
        f"{publication.as_of:%Y-%m-%d %H:%M} UTC"
    )
    if publication.stopped_runs_n:
        yield f"runs since the version before that were stopped: {publication.stopped_runs_n}"
    yield ""
    yield "freshness"
    for source in trust.freshness:
        yield (
            f"  {source.source}: last load {_age(now, source.newest_at)} ago; oldest is "
            f"{source.oldest_entity}, {_age(now, source.oldest_at)} ago; {source.rows_n:,} rows"
            f"{_rhythm(source, now)}"
        )
    yield ""
    yield "checks"
    yield f"  {_checks_in_words(trust.checks)}"
    if trust.previous_checks:
        yield f"  the version before: {_checks_in_words(trust.previous_checks)}"
    for override in trust.overrides:
        yield f"  let through: {override.address}, observed {override.observed}: {override.why}"
    yield ""
    yield "quarantine"
    if not trust.quarantined:
        yield "  nothing is set aside"
    for held in trust.quarantined:
        before = "" if held.previous_share is None else f" (before {held.previous_share:.2%})"
        yield f"  {held.entity} of {held.source}: {held.rows_n:,} rows, {held.share:.2%}{before}"
    yield ""
    yield "coverage"
    yield f"  {_coverage_in_words(trust.coverage)}"
    if trust.previous_coverage:
        yield f"  the version before: {_coverage_in_words(trust.previous_coverage)}"
    if len(trust.trend) > 1:
        yield ""
        yield "trend, the newest first"
        for moment in trust.trend:
            yield f"  {_moment_in_words(moment)}"


def _rhythm(source: Freshness, now: datetime) -> str:
    if source.usual_days is None:
        return ""
    overdue = ", so it is OVERDUE" if source.is_overdue(now) else ""
    return f"; usually every {source.usual_days:.1f} days{overdue}"


def _moment_in_words(moment: Moment) -> str:
    parts = [f"{moment.published_at:%Y-%m-%d %H:%M}"]
    if moment.oldest_days is not None:
        parts.append(f"oldest data {moment.oldest_days:.1f} days")
    parts.append(_checks_in_words(moment.checks))
    if moment.overrides_n:
        parts.append(f"{moment.overrides_n} let through")
    if moment.quarantined_share is not None:
        parts.append(f"{moment.quarantined_n:,} rows aside ({moment.quarantined_share:.2%})")
    if moment.coverage:
        parts.append(f"{moment.coverage.with_value_n} of {moment.coverage.metrics_n} metrics")
    return " · ".join(parts)


def _checks_in_words(checks: Checks) -> str:
    parts = [f"{checks.passed_n} passed", f"{checks.warned_n} warned"]
    if checks.failed_n:
        parts.append(f"{checks.failed_n} failed and were let through")
    if checks.errors_n:
        parts.append(f"{checks.errors_n} could not be checked")
    return " · ".join(parts)


def _coverage_in_words(coverage: Coverage) -> str:
    if coverage.month is None:
        return f"no closed month yet; the catalogue has {coverage.metrics_n} metrics"
    others = ", ".join(
        f"{n} {status}" for status, n in coverage.by_status.items() if status not in ("ok", "low_n")
    )
    return (
        f"{coverage.month}: {coverage.with_value_n} of {coverage.metrics_n} metrics have a company "
        f"figure{f'; {others}' if others else ''}"
    )


def _age(now: datetime, then: datetime) -> str:
    hours = (now - then).total_seconds() / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.0f} days"
