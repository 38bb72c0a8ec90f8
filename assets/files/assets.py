"""The file source as assets: one per entity of the contract.

Thin by intent: find the files and land them. How is in discovery.py, reading.py and loading.py.
"""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from assets.files.discovery import discover
from assets.files.loading import create_raw_tables, load
from pipelines.contract import contract
from pipelines.resources import Warehouse

SCHEMA = "raw_files"


def key(entity: str) -> dg.AssetKey:
    """The asset of an entity's files."""
    return dg.AssetKey([SCHEMA, entity])


def specs() -> list[dg.AssetSpec]:
    """raw_files.<entity> for every entity."""
    return [
        dg.AssetSpec(
            key=key(entity),
            group_name="extract",
            description=f"Rows of `{entity}` files as delivered, with file, row number and load.",
            owners=["data-engineering@example.com"],
            kinds={"duckdb", "file"},
            skippable=True,
        )
        for entity in contract()
    ]


def land(warehouse: Warehouse, run_id: str) -> None:
    """Load what is new in the inbox. Raises DeliveryError for files that cannot be loaded."""
    inbox = warehouse.settings.inbox
    with warehouse.connect() as connection:
        create_raw_tables(connection)
        if inbox is not None:
            with warehouse.progress.step(f"load files of {inbox}"):
                load(
                    connection,
                    discover(inbox),
                    run_id,
                    datetime.now(UTC),
                    warehouse.progress.say,
                )
