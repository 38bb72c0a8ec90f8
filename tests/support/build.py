"""From an inbox to canonical in one test: load, build, account, and what stands there then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from assets.files.loading import LoadResult
from pipelines.contract import contract
from pipelines.row_account import account
from tests.support.dbt import WarehouseUnderTest
from tests.support.deliveries import NOW, load_inbox, write

# Which load made a row current says how it was built, not what it says.
BOOKKEEPING = {"changed_load_id"}


def deliver(
    warehouse: WarehouseUnderTest,
    inbox: Path,
    files: Mapping[str, str | bytes],
    now: datetime = NOW,
) -> list[LoadResult]:
    """Write the files and load them, without building anything."""
    return load_inbox(warehouse.connection, write(inbox, files), now)


def canonical_nodes(warehouse: WarehouseUnderTest) -> list[str]:
    """The models from staging to canonical of every entity that was delivered."""
    delivered = warehouse.query(
        "select entity, list(distinct source) from meta.delivery where rows_n > 0 "
        "group by entity order by entity"
    )
    nodes: list[str] = []
    for entity, sources in delivered:
        nodes += [f"stg_{source}__{entity}" for source in sources]
        nodes += [f"quarantine_{entity}", entity]
        if contract()[entity].has_history:
            nodes.append(f"{entity}_version")
    return nodes


def build(warehouse: WarehouseUnderTest, full_refresh: bool = True, run_id: str = "run-1") -> None:
    """Build canonical of everything delivered, check the account, and count the loads as built."""
    warehouse.set_context(run_id=run_id, is_full_build=full_refresh)
    if nodes := canonical_nodes(warehouse):
        warehouse.run_dbt(nodes, full_refresh=full_refresh)
    account(warehouse.connection, run_id)
    check_account(warehouse, run_id)
    warehouse.connection.execute(
        "update meta.load set built_run_id = ? where built_run_id is null", [run_id]
    )


def check_account(warehouse: WarehouseUnderTest, run_id: str) -> None:
    """Every delivered row of every entity is current, superseded or in quarantine."""
    accounts = warehouse.query(
        "select entity, rows_in, rows_current + rows_superseded + rows_quarantined "
        f"from meta.row_account where run_id = '{run_id}'"
    )
    delivered = warehouse.query("select distinct entity from meta.delivery")
    assert {entity for entity, *_ in accounts} == {entity for (entity,) in delivered}
    assert [account for account in accounts if account[1] != account[2]] == []


def rows(
    warehouse: WarehouseUnderTest, table: str, leave_out: Iterable[str] = BOOKKEEPING
) -> list[tuple[Any, ...]]:
    """All rows of a table, ordered, without bookkeeping columns."""
    hidden = set(leave_out)
    columns = [
        f'"{name}"' for name, *_ in warehouse.query(f"describe {table}") if name not in hidden
    ]
    return warehouse.query(f"select {', '.join(columns)} from {table} order by all")


def content(warehouse: WarehouseUnderTest) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that quarantine and canonical hold, by table."""
    tables = warehouse.query(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where schema_name in ('quarantine', 'canonical')"
    )
    found = {table: rows(warehouse, table) for (table,) in tables}
    return {table: content for table, content in found.items() if content}


def reasons(warehouse: WarehouseUnderTest, entity: str) -> list[tuple[int, str]]:
    """(row number, reasons) of an entity's quarantine."""
    return [
        (int(row_no), str(text))
        for row_no, text in warehouse.query(
            f"select row_no, reasons from quarantine.{entity} order by load_id, row_no"
        )
    ]
