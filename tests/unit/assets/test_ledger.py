"""What a publication leaves of the figures of the one before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from assets.ledger import freezes_on, note_changes, remember
from pipelines.warehouse import create_empty_tables

TZ = "Europe/Helsinki"
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
# After the eighth working day of April (Easter is early in it) and before that of May.
AS_OF = datetime(2026, 5, 5, tzinfo=UTC)

Row = tuple[str, date, str, str, int | str | None, str, bool]


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    create_empty_tables(connection)
    connection.execute(
        "create table marts.metric_value (metric_id varchar, statistic varchar, "
        "metric_version varchar, period_grain varchar, period_start date, dim_name varchar, "
        "dim_value varchar, value decimal(38, 9), status varchar, is_mature boolean, "
        "as_of timestamptz)"
    )
    return connection


def told(metric: str, month: date, value: int | str | None, dim: str = "all/all") -> Row:
    name, _, of = dim.partition("/")
    return (metric, month, name, of, value, "ok" if value is not None else "no_data", True)


def build(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    rows: Iterable[Row],
    as_of: datetime = AS_OF,
    fingerprint: str = "models",
) -> int:
    """Build the marts of a run and note what changed, without publishing."""
    connection.execute(
        "insert into meta.run (run_id, status, started_at, as_of, build_fingerprint) "
        "values (?, 'running', ?, ?, ?)",
        [run_id, datetime.now(UTC), as_of, fingerprint],
    )
    connection.execute("delete from marts.metric_value")
    for metric, month, name, of, value, status, is_mature in rows:
        connection.execute(
            "insert into marts.metric_value values (?, 'value', '1', 'month', ?, ?, ?, ?, ?, ?, ?)",
            [metric, month, name, of, value, status, is_mature, as_of],
        )
    return note_changes(connection, run_id, as_of, as_of, TZ, 8)


def publish(connection: duckdb.DuckDBPyConnection, run_id: str, *arguments: Any) -> int:
    """Build and publish a run; returns how many figures it restated."""
    restated_n = build(connection, run_id, *arguments)
    as_of = connection.execute("select as_of from meta.run where run_id = ?", [run_id]).fetchone()
    assert as_of is not None
    remember(connection, run_id, as_of[0])
    connection.execute("update meta.run set status = 'published' where run_id = ?", [run_id])
    return restated_n


def restatements(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select metric, month, dim_value, before, after, run from meta.restatement order by all"
    ).fetchall()


def frozen(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select metric_id, month, dim_value, frozen_value, restated_value, run_id "
        "from meta.ledger order by all"
    ).fetchall()


@pytest.mark.parametrize(
    ("month", "day"),
    [
        (date(2026, 1, 1), date(2026, 2, 11)),
        # Good Friday and Easter Monday are on 3 and 6 April.
        (date(2026, 3, 1), date(2026, 4, 14)),
        (date(2026, 4, 1), date(2026, 5, 13)),
        # The first is a Monday: the earliest day there can be.
        (date(2026, 5, 1), date(2026, 6, 10)),
        (date(2025, 12, 1), date(2026, 1, 14)),
    ],
)
def test_a_month_freezes_on_the_eighth_working_day_of_the_next(month: date, day: date) -> None:
    assert freezes_on(month, 8) == day


def test_a_late_change_shows_with_before_and_after(warehouse: duckdb.DuckDBPyConnection) -> None:
    first = [told("mrr_eur", MARCH, 100), told("mrr_eur", APRIL, 120), told("crr", APRIL, "0.5")]
    assert publish(warehouse, "r1", first) == 0
    late = [told("mrr_eur", MARCH, 90), told("mrr_eur", APRIL, 110), told("crr", APRIL, "0.5")]
    assert publish(warehouse, "r2", late) == 2
    assert restatements(warehouse) == [
        ("mrr_eur", MARCH, "all", Decimal(100), Decimal(90), "r2"),
        ("mrr_eur", APRIL, "all", Decimal(120), Decimal(110), "r2"),
    ]
    marks = "select month, is_frozen, cause from meta.restatement order by month"
    assert warehouse.execute(marks).fetchall() == [(MARCH, True, "data"), (APRIL, False, "data")]
    assert publish(warehouse, "r3", first) == 2
    assert len(restatements(warehouse)) == 4


def test_the_same_figures_again_are_no_restatement(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = [told("mrr_eur", MARCH, 100), told("crr", MARCH, None)]
    publish(warehouse, "r1", rows)
    assert publish(warehouse, "r2", rows) == 0
    assert restatements(warehouse) == []
    assert frozen(warehouse) == [
        ("crr", MARCH, "all", None, None, "r1"),
        ("mrr_eur", MARCH, "all", Decimal(100), None, "r1"),
    ]


def test_the_ledger_keeps_what_a_month_said_when_it_froze(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    publish(warehouse, "r1", [told("mrr_eur", MARCH, 100), told("mrr_eur", APRIL, 120)])
    publish(warehouse, "r2", [told("mrr_eur", MARCH, 90), told("mrr_eur", APRIL, 115)])
    assert frozen(warehouse) == [("mrr_eur", MARCH, "all", Decimal(100), Decimal(90), "r1")]
    later = datetime(2026, 5, 13, tzinfo=UTC)
    publish(warehouse, "r3", [told("mrr_eur", MARCH, 80), told("mrr_eur", APRIL, 110)], later)
    assert frozen(warehouse) == [
        ("mrr_eur", MARCH, "all", Decimal(100), Decimal(80), "r1"),
        ("mrr_eur", APRIL, "all", Decimal(110), None, "r3"),
    ]


def test_an_earlier_as_of_writes_nothing_and_is_compared_with_by_nobody(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    publish(warehouse, "r1", [told("mrr_eur", MARCH, 100)])
    earlier = datetime(2026, 4, 20, tzinfo=UTC)
    assert publish(warehouse, "back", [told("mrr_eur", MARCH, 70)], earlier) == 0
    assert publish(warehouse, "r2", [told("mrr_eur", MARCH, 100)]) == 0
    assert restatements(warehouse) == []
    assert frozen(warehouse) == [("mrr_eur", MARCH, "all", Decimal(100), None, "r1")]


def test_a_killed_run_neither_loses_a_restatement_nor_writes_it_twice(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    publish(warehouse, "r1", [told("mrr_eur", MARCH, 100), told("mrr_eur", APRIL, 120)])
    late = [told("mrr_eur", MARCH, 90), told("mrr_eur", APRIL, 120)]
    later = datetime(2026, 5, 13, tzinfo=UTC)
    assert build(warehouse, "killed", late, later) == 1
    assert publish(warehouse, "r2", late, later) == 1
    assert restatements(warehouse) == [("mrr_eur", MARCH, "all", Decimal(100), Decimal(90), "r2")]
    assert [(month, run) for _, month, _, _, _, run in frozen(warehouse)] == [
        (MARCH, "r1"), (APRIL, "r2"),
    ]  # fmt: skip


def test_what_was_not_due_yet_is_no_restatement(warehouse: duckdb.DuckDBPyConnection) -> None:
    waiting = ("fcr", APRIL, "all", "all", None, "immature", False)
    cohort = told("cohort_nrr", MARCH, 1, "month_index/0")
    publish(warehouse, "r1", [waiting, cohort, told("mrr_eur", APRIL, 1)])
    rows = [
        told("fcr", APRIL, "0.7"),
        cohort,
        told("cohort_nrr", MARCH, "0.9", "month_index/1"),
        told("cohort_nrr", MARCH, "0.8", "month_index/2"),
        told("mrr_eur", APRIL, 1),
        told("a_new_metric", MARCH, 5),
    ]
    # Index 1 was due in the publication before, and missing; index 2 was not.
    assert publish(warehouse, "r2", rows, datetime(2026, 6, 1, tzinfo=UTC)) == 1
    assert [row[:5] for row in restatements(warehouse)] == [
        ("cohort_nrr", MARCH, "1", None, Decimal("0.9"))
    ]


def test_a_dimension_value_comes_and_goes_with_its_figure(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    publish(
        warehouse, "r1",
        [told("mrr_eur", MARCH, 10, "plan/a"), told("mrr_eur", MARCH, 0, "plan/b"),
         told("mrr_eur", MARCH, 5, "plan/c")],
    )  # fmt: skip
    publish(
        warehouse, "r2",
        [told("mrr_eur", MARCH, 10, "plan/a"), told("mrr_eur", MARCH, 0, "plan/new"),
         told("mrr_eur", MARCH, 5, "plan/d")],
    )  # fmt: skip
    assert restatements(warehouse) == [
        ("mrr_eur", MARCH, "c", Decimal(5), None, "r2"),
        ("mrr_eur", MARCH, "d", None, Decimal(5), "r2"),
    ]


def test_another_definition_is_named_as_the_cause(warehouse: duckdb.DuckDBPyConnection) -> None:
    publish(warehouse, "r1", [told("mrr_eur", MARCH, 100)])
    assert publish(warehouse, "r2", [told("mrr_eur", MARCH, 90)], AS_OF, "other models") == 1
    assert warehouse.execute("select cause from meta.restatement").fetchall() == [("definition",)]
