"""A small warehouse and small suites for the tests of the gates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import yaml

from assets.expectations.outcomes import ExpectationOutcome
from assets.expectations.scope import GateRun
from assets.expectations.suites import Gate, read_suite
from assets.expectations.validation import validate
from pipelines.warehouse import create_empty_tables

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def warehouse(path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """An empty warehouse with every schema, meta table and canonical table."""
    connection = duckdb.connect(str(path))
    connection.execute("set timezone = 'UTC'")
    create_empty_tables(connection)
    return connection


def add_load(
    connection: duckdb.DuckDBPyConnection,
    load_id: int,
    entity: str = "tickets",
    rows_n: int = 0,
    file: str = "",
    built: bool = False,
) -> None:
    connection.execute(
        "insert into meta.load (load_id, run_id, source, stream, file, content_hash, rows_n, "
        "unparsed_n, loaded_at, built_run_id) values (?, 'r', 'files', ?, ?, ?, ?, 0, ?, ?)",
        [
            load_id,
            entity,
            file or f"{entity}.csv",
            str(load_id),
            rows_n,
            NOW,
            "r" if built else None,
        ],
    )


def add_table(connection: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    connection.execute(f"create or replace table {table} as {dedent(rows)}")


def write_suite(folder: Path, table: str, *expectations: dict[str, Any], **suite: Any) -> Path:
    """A suite file; severity block and a reason to protect are filled in."""
    schema, name = table.split(".")
    path = folder / schema / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    filled = [{"severity": "block", "protects": "the figures"} | e for e in expectations]
    document = {"table": table, "owner": "data-engineering", "expectations": filled} | suite
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def run_suite(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    gate: Gate = "core",
    is_full: bool = False,
) -> dict[str, ExpectationOutcome]:
    """Outcomes by expectation id."""
    outcomes = validate(connection, [read_suite(path)], GateRun("run-1", gate, is_full))
    return {outcome.expectation.id: outcome for outcome in outcomes}
