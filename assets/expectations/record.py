"""Keeps every outcome in meta.expectation_result, which is published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from assets.expectations.outcomes import ExpectationOutcome
from assets.expectations.scope import GateRun


def record(
    connection: duckdb.DuckDBPyConnection,
    outcomes: Sequence[ExpectationOutcome],
    run: GateRun,
    checked_at: datetime | None = None,
) -> None:
    """Replace what this run's gate said before; keys of failing rows are not for everybody's eyes.

    They stand in the check's metadata in the private home.
    """
    checked_at = checked_at or datetime.now(UTC)
    connection.execute("begin")
    connection.execute(
        "delete from meta.expectation_result where run_id = ? and gate = ?", [run.run_id, run.gate]
    )
    for outcome in outcomes:
        connection.execute(
            "insert into meta.expectation_result (run_id, gate, table_name, expectation, "
            "column_name, severity, outcome, observed_value, expected, failing_rows_n, protects, "
            "owner, error, checked_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                run.run_id,
                run.gate,
                outcome.table,
                outcome.expectation.name,
                outcome.expectation.column,
                outcome.expectation.severity,
                outcome.outcome,
                outcome.finding.observed,
                outcome.expected,
                outcome.finding.failing_rows_n,
                outcome.expectation.protects,
                outcome.owner,
                outcome.finding.error,
                checked_at,
            ],
        )
    overrides = [outcome for outcome in outcomes if outcome.allowed_because is not None]
    tables = [outcome.table for outcome in outcomes]
    connection.execute(
        "delete from meta.override where run_id = ? and list_contains(?, table_name)",
        [run.run_id, tables],
    )
    for outcome in overrides:
        connection.execute(
            "insert into meta.override values (?, ?, ?, ?, ?, ?)",
            [
                run.run_id,
                outcome.table,
                outcome.expectation.id,
                outcome.finding.observed,
                outcome.allowed_because,
                checked_at,
            ],
        )
    connection.execute("commit")
