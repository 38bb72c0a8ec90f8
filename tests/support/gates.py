"""A built company whose layers can be built again from any stage on, with every gate asked.

dbt builds the first company; afterwards its statements are replayed, which is what makes hundreds
of companies and rebuilds affordable. Gates are the product's own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

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
from simulator.generate import Wanted, write_inboxes
from tests.support.build import canonical_nodes, check_account
from tests.support.dbt import WarehouseUnderTest, copy_home, open_copy
from tests.support.replay import Recorder, Step

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
        """An open copy to damage; nothing is left of it."""
        try:
            with connect(copy_home(self.home, folder)) as connection:
                yield connection
        finally:
            rmtree(folder)

    def rebuild(
        self, connection: duckdb.DuckDBPyConnection, gate: Gate, after: str | None = None
    ) -> None:
        """Build one layer anew; of the layer of the table `after`, what follows from that table."""
        statements = [statement for statement in self.statements if statement.gate == gate]
        places = [place for place, each in enumerate(statements) if each.relation == after]
        connection.execute("begin")
        for statement in statements[places[0] + 1 if places else 0 :]:
            connection.execute(f"create or replace table {statement.relation} as {statement.sql}")
        connection.execute("commit")
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


@dataclass(frozen=True)
class Recording:
    """How dbt built a company, and the statements that filled its tables."""

    canonical: tuple[Step, ...]
    above: tuple[Step, ...]
    statements: tuple[Statement, ...]


class CompanyBuilder:
    """Builds simulated companies up to the marts, without gates.

    dbt builds the first of each shape, and what it did then builds the others.
    """

    def __init__(self, template: Home) -> None:
        self._template = template
        self._recordings: dict[Hashable, Recording] = {}

    @property
    def recordings_n(self) -> int:
        """How many builds were dbt's own."""
        return len(self._recordings)

    def build(
        self,
        folder: Path,
        wanted: Wanted,
        change: Callable[[Path], None] = lambda inbox: None,
    ) -> BuiltCompany:
        """Simulate, load and build; both deliveries, where there are two. `change` may alter the
        first one's files.
        """
        inbox = write_inboxes(folder / "company", wanted)
        change(inbox)
        recorder = Recorder()
        with open_copy(self._template, Home(folder / "home"), [recorder]) as warehouse:
            later = inbox.with_name("inbox-later")
            for each in (inbox, later) if later.exists() else (inbox,):
                load(warehouse.connection, discover(each), RUN, AS_OF_TIME, lambda _: None)
            warehouse.connection.execute("delete from meta.run")
            warehouse.set_context(as_of=AS_OF_TIME)
            shape = _shape(warehouse)
            if recording := self._recordings.get(shape):
                _replay(warehouse, recording)
            else:
                recording = self._recordings[shape] = _record(warehouse, recorder)
            warehouse.connection.execute("checkpoint")
            return BuiltCompany(warehouse.home, recording.statements)


def _shape(warehouse: WarehouseUnderTest) -> Hashable:
    """All of the data that models look at before they say anything: entities, and raw columns."""
    columns = warehouse.query(
        "select schema_name, table_name, column_index, column_name, data_type "
        "from duckdb_columns() where schema_name like 'raw_%' order by all"
    )
    return tuple(canonical_nodes(warehouse)), tuple(columns)


def _record(warehouse: WarehouseUnderTest, recorder: Recorder) -> Recording:
    results = warehouse.run_dbt(canonical_nodes(warehouse)).results
    canonical = tuple(recorder.take(result.node for result in results))
    _account_for(warehouse)
    for selection in (["path:models/core"], ["path:models/marts", "path:models/restricted"]):
        results = [*results, *warehouse.run_dbt(selection).results]
    nodes = [result.node for result in results]
    above = tuple(recorder.take(nodes))
    return Recording(canonical, above, tuple(_statements(nodes)))


def _replay(warehouse: WarehouseUnderTest, recording: Recording) -> None:
    # One transaction: a thousand commits would cost a fifth of the time.
    warehouse.connection.execute("begin")
    for step in recording.canonical:
        step.take(warehouse.connection)
    _account_for(warehouse)
    for step in recording.above:
        step.take(warehouse.connection)
    warehouse.connection.execute("commit")


def _account_for(warehouse: WarehouseUnderTest) -> None:
    account(warehouse.connection, RUN)
    check_account(warehouse, RUN)
    warehouse.connection.execute("update meta.load set built_run_id = ?", [RUN])


def _statements(nodes: Iterable[Any]) -> Iterator[Statement]:
    gates = {schema: gate for gate in GATES for schema in SCHEMAS_OF_GATE[gate]} | {
        "quarantine": "canonical"
    }
    for node in nodes:
        is_table = node.config.materialized in ("table", "incremental") and node.language == "sql"
        if node.resource_type == "model" and is_table:
            yield Statement(gates[node.schema], f"{node.schema}.{node.alias}", node.compiled_code)
