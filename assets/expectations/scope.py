"""Which tables and which rows a run has to answer for.

A run answers for the loads that no published build contains, and for everything when it builds
everything. A file that came again replaces what it brought before: only its latest load is judged
as a delivery, else a bad file would block every run after its correction too.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from assets.expectations.suites import Expectation, Gate, Suite
from pipelines.contract import contract
from pipelines.loads import landed_streams


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
        return f"select max(load_id) from meta.load where {condition} group by source, stream, file"

    def rows_under_test(self, suite: Suite, expectation: Expectation) -> str:
        """SQL: the rows of the table that this expectation looks at in this run."""
        rows = f"select * from {suite.table}"
        if expectation.scope == "table":
            return rows
        if self.gate == "raw":
            return f"{rows} where load_id in ({self.deliveries})"
        if self.is_full:
            return rows
        # A canonical row that waited in quarantine is new when the load came that let it in.
        load = "changed_load_id" if self.gate == "canonical" else "load_id"
        mine = suite.run_rows or f"{load} in (select load_id from meta.pending_load)"
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

    New rows of an entity can let others in that waited for them, so what refers to it counts too.
    Core, marts and the published file are made anew by every run that builds at all.
    """
    if run.gate in ("core", "marts", "published"):
        return None
    if run.gate == "raw":
        return {stream.table for stream in landed_streams(connection, "built_run_id is null")}
    deliveries = connection.execute(
        "select entity, bool_or(load_id in (select load_id from meta.pending_load)) "
        "from meta.delivery group by entity"
    ).fetchall()
    delivered = {entity for entity, _ in deliveries}
    if not run.is_full:
        delivered &= _with_dependants({entity for entity, is_pending in deliveries if is_pending})
    histories = {entity for entity in delivered if contract()[entity].has_history}
    return {f"canonical.{entity}" for entity in delivered} | {
        f"canonical.{entity}_version" for entity in histories
    }


def _with_dependants(entities: set[str]) -> set[str]:
    """The entities and all that refer to them, directly or not; amounts refer to rates."""
    reached = set(entities)
    waiting = list(entities)
    while waiting:
        parent = waiting.pop()
        children = {
            entity.name
            for entity in contract().values()
            for column in entity.columns
            if str(column.rules.get("references", "")).split(".")[0] == parent
            or (parent == "fx_rates" and column.rules.get("is_currency"))
        }
        waiting += children - reached
        reached |= children
    return reached
