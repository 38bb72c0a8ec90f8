"""Validates tables against their suites."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb

from assets.expectations.outcomes import ExpectationOutcome, Finding
from assets.expectations.scope import GateRun
from assets.expectations.sql import written_out
from assets.expectations.suites import Expectation, Suite, SuiteError

# So many published runs have to have observed a value before it has a usual one.
USUAL_RUNS_MIN, USUAL_RUNS_MAX = 5, 20

# Of a larger table each query is asked alone: in one statement, all would be in memory at once.
TOGETHER_ROWS_MAX = 1_000_000

# What the database may hold while it is asked, and what is more waits on disk. The process comes on
# top, and together they stay below 3 GB with a hundred million events.
MEMORY_LIMIT = "2GB"


def validate(
    connection: duckdb.DuckDBPyConnection, suites: Iterable[Suite], run: GateRun
) -> list[ExpectationOutcome]:
    """An outcome for every expectation of every suite whose table exists, in the suites' order.

    Great Expectations is not even imported when there is nothing to validate.
    """
    existing = _tables(connection)
    present = [
        replace(
            suite,
            expectations=tuple(
                _with_usual_limits(connection, suite, expectation, run)
                for expectation in suite.expectations
                if {expectation.needs} <= {None, *existing}
            ),
        )
        for suite in suites
        if suite.table in existing
    ]
    if not present:
        return []

    from assets.expectations.great_expectations_engine import checker

    outcomes = []
    with _little_memory(connection), checker(connection) as checks:
        for suite in present:
            findings: dict[str, Finding] = {}
            batches: dict[str, list[tuple[Expectation, str | None]]] = {}
            for expectation in suite.expectations:
                try:
                    sql = written_out(suite, expectation, run) if expectation.query else None
                except SuiteError as error:
                    findings[expectation.id] = Finding("error", error=str(error))
                    continue
                rows = run.rows_under_test(suite, expectation)
                batches.setdefault(rows, []).append((expectation, sql))
            for rows, requests in batches.items():
                is_small = existing[suite.table] <= TOGETHER_ROWS_MAX
                findings |= checks.check(rows, requests, together=is_small)
            outcomes += [
                ExpectationOutcome(suite.table, suite.owner, e, expected(e), findings[e.id])
                for e in suite.expectations
            ]
    return outcomes


@contextmanager
def _little_memory(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The database's memory limit, where it is higher, is MEMORY_LIMIT meanwhile.

    Nothing else in this project sets one, so afterwards it is DuckDB's own again.
    """
    [(is_higher,)] = connection.execute(
        "select parse_formatted_bytes(current_setting('memory_limit')) > parse_formatted_bytes(?)",
        [MEMORY_LIMIT],
    ).fetchall()
    if not is_higher:
        yield
        return
    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    try:
        yield
    finally:
        connection.execute("reset memory_limit")


def _with_usual_limits(
    connection: duckdb.DuckDBPyConnection, suite: Suite, expectation: Expectation, run: GateRun
) -> Expectation:
    """With limits round the median that published runs observed; none while these are few."""
    if expectation.usual_within is None:
        return expectation
    [(observed_n, usual)] = connection.execute(
        f"""
        select count(*), median(observed)
        from (
            select try_cast(result.observed_value as double) as observed
            from meta.expectation_result as result
            inner join meta.run as run on result.run_id = run.run_id
            where
                run.status = 'published' and result.run_id <> ? and result.table_name = ?
                and result.expectation = ? and result.column_name is not distinct from ?
                and try_cast(result.observed_value as double) is not null
            order by result.checked_at desc
            limit {USUAL_RUNS_MAX}
        )
        """,
        [run.run_id, suite.table, expectation.name, expectation.column],
    ).fetchall()
    if observed_n < USUAL_RUNS_MIN:
        return expectation
    limits = {
        "min_value": round(usual - expectation.usual_within, 9),
        "max_value": round(usual + expectation.usual_within, 9),
    }
    return replace(expectation, arguments={**expectation.arguments, **limits})


def expected(expectation: Expectation) -> str:
    """What would have passed, in words and numbers: the limits, the set, or no failing row."""
    limits = {k: v for k, v in expectation.arguments.items() if k not in ("column", "column_list")}
    if expectation.query and expectation.query.returns == "failing_rows":
        return "no failing row"
    if expectation.usual_within is not None and "min_value" not in limits:
        return f"anything, until {USUAL_RUNS_MIN} published runs have observed it"
    return json.dumps(limits, ensure_ascii=False, default=str) if limits else "every row"


def _tables(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """About how many rows each table has; of a view nobody knows before it is read."""
    rows = connection.execute(
        """
        select named.table_schema || '.' || named.table_name, coalesce(stored.estimated_size, 0)
        from information_schema.tables as named
        left join duckdb_tables() as stored
            on
                named.table_catalog = stored.database_name
                and named.table_schema = stored.schema_name
                and named.table_name = stored.table_name
        """
    ).fetchall()
    return dict(rows)
