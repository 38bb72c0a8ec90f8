"""The same company by several ways into one warehouse each, and what canonical says of it then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.files.discovery import discover
from assets.files.loading import load
from pipelines.dbt import ensure_parsed, manifest_json
from pipelines.plan import CANONICAL_SCHEMAS, Plan, begin_run, finish_run, make_plan, nodes_to_build
from pipelines.row_account import account as write_account
from pipelines.settings import Home, Settings, default_parameters
from simulator.company import AS_OF
from simulator.files import write_files
from simulator.log import Log
from tests.support.build import check_account
from tests.support.clock import FakeClock
from tests.support.dbt import WarehouseUnderTest, open_copy

Rows = list[tuple[Any, ...]]


class Company:
    """One warehouse that loads are built into as runs would."""

    def __init__(self, warehouse: WarehouseUnderTest) -> None:
        self.warehouse = warehouse
        self._settings = Settings(
            warehouse.home,
            as_of=datetime.fromtimestamp(AS_OF, UTC),
            parameters=default_parameters(),
        )
        self._runs_n = 0

    def build(self, is_full: bool = False) -> Plan:
        """Everything from staging to canonical that the loads since the last time ask for."""
        self._runs_n += 1
        run_id = f"run-{self._runs_n}"
        connection = self.warehouse.connection
        plan = make_plan(connection, self._settings, run_id, is_published=True)
        if is_full:
            plan = replace(plan, rebuild_canonical=True)
        begin_run(connection, plan, datetime.fromtimestamp(self._runs_n, UTC))
        nodes = nodes_to_build(manifest_json(), plan, CANONICAL_SCHEMAS).values()
        self.warehouse.run_dbt(
            set(nodes) - {"currency", "metric_catalogue"}, plan.rebuild_canonical
        )
        write_account(connection, run_id)
        check_account(self.warehouse, run_id)
        connection.execute("update meta.load set built_run_id = ?", [run_id])
        finish_run(connection, run_id, "published", datetime.fromtimestamp(self._runs_n, UTC))
        return plan

    def says(self, sayings: Mapping[str, str], plain_id: str) -> dict[str, Rows]:
        """What canonical says of each entity, in the same words whatever its source.

        `sayings` are queries of `_`, the entity; in them `_(id)` is the SQL `plain_id` of an id.
        """
        self.warehouse.connection.execute(f"create or replace temp macro _(id) as {plain_id}")
        return {
            entity: self.warehouse.query(
                f"{query.replace('from _', f'from canonical.{entity}')} order by all"
            )
            for entity, query in sayings.items()
        }


@contextmanager
def company(home: Path, template: Home) -> Iterator[Company]:
    ensure_parsed()
    with open_copy(template, Home(home)) as warehouse:
        yield Company(warehouse)


def land_files(warehouse: WarehouseUnderTest, folder: Path, log: Log, *entities: str) -> None:
    write_files(folder, {entity: [getattr(log, entity)] for entity in entities}, "csv")
    load(warehouse.connection, discover(folder), "files", datetime.fromtimestamp(AS_OF, UTC))


def differing(
    expected: Mapping[str, Rows], found: Mapping[str, Rows]
) -> dict[str, tuple[Rows, Rows]]:
    """By entity, some rows that are only in the one, and some that are only in the other."""
    return {
        entity: ([r for r in rows if r not in found[entity]][:3],
                 [r for r in found[entity] if r not in rows][:3])
        for entity, rows in expected.items()
        if rows != found[entity]
    }  # fmt: skip


class Calendar(FakeClock):
    """Goes on by a little whenever it is looked at, as clocks do."""

    def __init__(self) -> None:
        super().__init__(datetime.fromtimestamp(0, UTC))

    def now(self) -> datetime:
        self.passed += 1e-5
        return super().now()
