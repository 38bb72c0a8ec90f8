"""From an inbox to canonical in one test: load, build, account, and what stands there then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.files.loading import LoadResult
from pipelines.contract import contract
from pipelines.row_account import account, unbalanced
from tests.support.dbt import WarehouseUnderTest
from tests.support.deliveries import NOW, load_inbox, write

# What says when a row was built rather than what it says.
BOOKKEEPING = {"changed_load_id", "first_seen_at"}


def deliver(
    warehouse: WarehouseUnderTest, inbox: Path, files: Mapping[str, str | bytes]
) -> list[LoadResult]:
    """Write the files and load them, without building anything."""
    return load_inbox(warehouse.connection, write(inbox, files))


def delivered_entities(warehouse: WarehouseUnderTest) -> list[str]:
    rows = warehouse.query("select distinct entity from meta.load where rows_n + unparsed_n > 0")
    return sorted(entity for (entity,) in rows)


def build(
    warehouse: WarehouseUnderTest,
    full_refresh: bool = True,
    run_id: str = "run-1",
    as_of: datetime = datetime(2026, 7, 1, tzinfo=UTC),
) -> None:
    """Build canonical of everything delivered, check the account, and count the loads as built."""
    warehouse.set_context(as_of=as_of, run_id=run_id, is_full_build=full_refresh)
    nodes: list[str] = []
    for entity in delivered_entities(warehouse):
        nodes += [f"stg_files__{entity}", f"quarantine_{entity}", entity]
        if contract()[entity].has_history:
            nodes.append(f"{entity}_version")
    if nodes:
        warehouse.run_dbt(nodes, full_refresh=full_refresh)
    account(warehouse.connection, run_id)
    assert unbalanced(warehouse.connection, run_id) == []
    warehouse.connection.execute(
        "update meta.load set built_run_id = ? where built_run_id is null", [run_id]
    )


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


__all__ = ["NOW", "build", "content", "deliver", "delivered_entities", "reasons", "rows"]
