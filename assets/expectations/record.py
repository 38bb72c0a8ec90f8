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
    # One statement: a thousand of them would take longer than most of the gates.
    columns = {
        "table_name": [outcome.table for outcome in outcomes],
        "expectation": [outcome.expectation.name for outcome in outcomes],
        "column_name": [outcome.expectation.column for outcome in outcomes],
        "severity": [outcome.expectation.severity for outcome in outcomes],
        "outcome": [outcome.outcome for outcome in outcomes],
        "observed_value": [outcome.finding.observed for outcome in outcomes],
        "expected": [outcome.expected for outcome in outcomes],
        "failing_rows_n": [outcome.finding.failing_rows_n for outcome in outcomes],
        "protects": [outcome.expectation.protects for outcome in outcomes],
        "owner": [outcome.owner for outcome in outcomes],
        "error": [outcome.finding.error for outcome in outcomes],
    }
    values = ", ".join(
        f"unnest(cast(? as {'bigint' if name == 'failing_rows_n' else 'varchar'}[]))"
        for name in columns
    )
    connection.execute(
        f"insert into meta.expectation_result (run_id, gate, checked_at, {', '.join(columns)}) "
        f"select ?, ?, ?, {values}",
        [run.run_id, run.gate, checked_at, *columns.values()],
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
