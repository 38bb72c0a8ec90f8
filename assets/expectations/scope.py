"""Which tables and which rows a run has to answer for.

A run answers for the loads that no published build contains, and for everything when it builds
everything. A file that came again replaces what it brought before: only its latest load is judged
as a delivery, else a bad file would block every run after its correction too.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from assets.expectations.suites import Expectation, Gate, Suite


@dataclass(frozen=True)
class GateRun:
    """The run that a gate validates; `is_full` when it built every row of the gate's tables."""

    run_id: str
    gate: Gate
    is_full: bool

    @property
    def deliveries(self) -> str:
        """SQL: load_id of each file's latest delivery among the loads of this run."""
        condition = "true" if self.is_full else "built_run_id is null"
        return f"select max(load_id) from meta.load where {condition} group by source, entity, file"

    def rows_under_test(self, suite: Suite, expectation: Expectation) -> str:
        """SQL: the rows of the table that this expectation looks at in this run."""
        rows = f"select * from {suite.table}"
        if expectation.scope == "table":
            return rows
        if self.gate == "raw":
            return f"{rows} where load_id in ({self.deliveries})"
        if self.is_full:
            return rows
        mine = suite.run_rows or "load_id in (select load_id from meta.pending_load)"
        return f"{rows} where {mine}"


def gate_run(connection: duckdb.DuckDBPyConnection, run_id: str, gate: Gate) -> GateRun:
    """The run as meta.run knows it; one it does not know is taken to have built everything.

    What lies in raw does not change when the models do, so its gate never looks at old loads.
    """
    row = connection.execute(
        "select is_full_canonical, is_full_build from meta.run where run_id = ?", [run_id]
    ).fetchone()
    is_full_canonical, is_full_build = row or (True, True)
    is_full = {"raw": False, "canonical": is_full_canonical}.get(gate, is_full_build)
    return GateRun(run_id, gate, bool(is_full))


def tables_touched(connection: duckdb.DuckDBPyConnection, run: GateRun) -> set[str] | None:
    """The tables this run changed, as schema.table; None means all of the gate's.

    Core and marts are rebuilt by every run that builds at all.
    """
    if run.gate in ("core", "marts"):
        return None
    condition = "true" if run.is_full else "built_run_id is null"
    rows = connection.execute(
        f"select distinct source, entity from meta.load where {condition}"
    ).fetchall()
    if run.gate == "raw":
        return {f"raw_{source}.{entity}" for source, entity in rows}
    return {f"canonical.{entity}" for _, entity in rows}
