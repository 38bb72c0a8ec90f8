"""A built company whose layers can be built again from any stage on, with every gate asked.

dbt builds the company once; afterwards its compiled statements are replayed, which is what makes
hundreds of rebuilds affordable. Gates are the product's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assets.expectations.outcomes import ExpectationOutcome
from assets.expectations.scope import GateRun, tables_touched
from assets.expectations.suites import SCHEMAS_OF_GATE, Gate, read_suite, suite_files
from assets.expectations.validation import validate
from assets.files.discovery import discover
from assets.files.loading import load
from pipelines.row_account import account
from pipelines.settings import Home
from pipelines.warehouse import connect
from simulator.company import AS_OF
from simulator.generate import Wanted, write_company
from tests.support.build import build, canonical_nodes
from tests.support.dbt import WarehouseUnderTest, copy_home, open_copy

AS_OF_TIME = datetime.fromtimestamp(AS_OF, UTC)
RUN = "run-1"
GATES: tuple[Gate, ...] = ("raw", "canonical", "core", "marts")


@dataclass(frozen=True)
class Statement:
    """One built table: what fills it, and in which layer it stands."""

    gate: Gate
    relation: str
    sql: str


@dataclass(frozen=True)
class BuiltCompany:
    """A warehouse that passed every gate, and the statements that built it, in order."""

    home: Home
    statements: tuple[Statement, ...]

    @contextmanager
    def copy(self, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """An open copy to damage."""
        with connect(copy_home(self.home, folder)) as connection:
            yield connection

    def rebuild(
        self, connection: duckdb.DuckDBPyConnection, gate: Gate, after: str | None = None
    ) -> None:
        """Build one layer anew; of the layer of the table `after`, what follows from that table."""
        statements = [statement for statement in self.statements if statement.gate == gate]
        places = [place for place, each in enumerate(statements) if each.relation == after]
        for statement in statements[places[0] + 1 if places else 0 :]:
            connection.execute(f"create or replace table {statement.relation} as {statement.sql}")
        if gate == "canonical":
            account(connection, RUN)


def ask(connection: duckdb.DuckDBPyConnection, gate: Gate) -> list[ExpectationOutcome]:
    """What the gate says of a run that built everything there is."""
    run = GateRun(RUN, gate, is_full=True)
    touched = tables_touched(connection, run) if gate == "canonical" else None
    suites = [
        read_suite(file)
        for table, file in suite_files(gate).items()
        if touched is None or table in touched
    ]
    return validate(connection, suites, run)


def build_company(
    template: Home,
    folder: Path,
    wanted: Wanted,
    change: Callable[[Path], None] = lambda inbox: None,
) -> BuiltCompany:
    """Simulate, load and build up to the marts, without gates. `change` may alter the files."""
    inbox = write_company(folder / "company", wanted)
    change(inbox)
    with open_copy(template, Home(folder / "home")) as warehouse:
        load(warehouse.connection, discover(inbox), RUN, AS_OF_TIME, lambda _: None)
        warehouse.connection.execute("delete from meta.run")
        statements = list(_built(warehouse))
        warehouse.connection.execute("checkpoint")
        return BuiltCompany(warehouse.home, tuple(statements))


def _built(warehouse: WarehouseUnderTest) -> Iterator[Statement]:
    build(warehouse)
    warehouse.set_context(as_of=AS_OF_TIME)
    layers = [
        canonical_nodes(warehouse),
        ["path:models/core"],
        ["path:models/marts", "path:models/restricted"],
    ]
    gates = {schema: gate for gate in GATES for schema in SCHEMAS_OF_GATE[gate]} | {
        "quarantine": "canonical"
    }
    for selection in layers:
        for result in warehouse.run_dbt(selection).results:
            node = result.node
            is_table = (
                node.config.materialized in ("table", "incremental") and node.language == "sql"
            )
            if node.resource_type == "model" and is_table:
                yield Statement(
                    gates[node.schema], f"{node.schema}.{node.alias}", node.compiled_code
                )
