"""The table at the end of a run, read from the warehouse's own records."""

from __future__ import annotations

from datetime import datetime

import duckdb
from rich.console import Console
from rich.table import Table

from assets.published import current_file
from pipelines.settings import Home
from pipelines.trust import count_checks

STAGES = (
    ("canonical", "current rows"),
    ("quarantine", "rows set aside"),
    ("core", "rows"),
    ("marts", "rows"),
    ("restricted", "rows"),
)


def _count_schema(connection: duckdb.DuckDBPyConnection, schema: str) -> int:
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = ?", [schema]
    ).fetchall()
    if not tables:
        return 0
    counts = " union all ".join(f"select count(*) as n from {schema}.{t}" for (t,) in tables)
    row = connection.execute(f"select sum(n)::bigint from ({counts})").fetchone()
    return int(row[0]) if row else 0


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str, run_id: str) -> int:
    row = connection.execute(sql, [run_id]).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _checks(connection: duckdb.DuckDBPyConnection, run_id: str) -> str:
    checks = count_checks(connection, run_id)
    parts = [
        f"{checks.passed_n} passed", f"{checks.warned_n} warned", f"{checks.failed_n} failed",
    ]  # fmt: skip
    if checks.errors_n:
        parts.append(f"{checks.errors_n} could not be checked")
    return " · ".join(parts)


def _quarantined(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[tuple[str, int]]:
    return connection.execute(
        "select entity, sum(rows_quarantined)::bigint as n from meta.row_account "
        "where run_id = ? and rows_quarantined > 0 group by entity order by n desc, entity",
        [run_id],
    ).fetchall()


def print_summary(
    connection: duckdb.DuckDBPyConnection, home: Home, run_id: str, seconds: float
) -> None:
    """Rows per stage, checks, quarantine, seconds, and what is published now."""
    console = Console(highlight=False, soft_wrap=True)
    run = connection.execute(
        "select status, as_of, reason from meta.run where run_id = ?", [run_id]
    ).fetchone()
    current = current_file(home)
    if run is None:
        state = f"nothing new; {current} stays" if current.exists() else "nothing was published"
        console.print(f"{state} ({seconds:.1f} s)")
        return
    status, as_of, reason = run
    table = Table(title=f"run {run_id[:8]}: {status}", title_justify="left", show_header=False)
    table.add_row("why", reason)
    table.add_row("as of", _instant(as_of))
    loaded = "select sum(rows_n) from meta.load where run_id = ?"
    loads = "select count(*) from meta.load where run_id = ?"
    table.add_row(
        "raw",
        f"{_scalar(connection, loaded, run_id):,} new rows "
        f"in {_scalar(connection, loads, run_id):,} loads",
    )
    for schema, noun in STAGES:
        table.add_row(schema, f"{_count_schema(connection, schema):,} {noun}")
    table.add_row("checks", _checks(connection, run_id))
    quarantined = _quarantined(connection, run_id)
    named = ", ".join(f"{entity} {n:,}" for entity, n in quarantined[:5])
    quarantined_n = sum(n for _, n in quarantined)
    table.add_row("quarantined", f"{quarantined_n:,} ({named})" if named else "0")
    table.add_row("seconds", f"{seconds:.1f}")
    if status == "published":
        table.add_row("published", str(current))
    elif current.exists():
        table.add_row("published", f"{current} stays as it was")
    else:
        table.add_row("published", "nothing yet")
    console.print(table)


def _instant(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S %Z}"
