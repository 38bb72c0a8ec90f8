"""The file source as assets: one per entity of the contract, landed by one operation.

Thin by intent: find the files, land them, say what happened. How is in discovery.py, reading.py and
loading.py.
"""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as it stands.

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from assets.dbt_models import WRITER_POOL
from assets.files.discovery import discover
from assets.files.loading import create_raw_tables, load
from assets.published import is_published
from pipelines.contract import contract
from pipelines.plan import begin_run, make_plan
from pipelines.resources import Warehouse
from pipelines.warehouse import create_empty_tables

SCHEMA = "raw_files"


def _spec(entity: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=dg.AssetKey([SCHEMA, entity]),
        group_name="extract",
        description=f"Rows of `{entity}` files as delivered, with file, row number and load.",
        owners=["data-engineering@example.com"],
        kinds={"duckdb", "file"},
        skippable=True,
    )


def raw_files() -> dg.AssetsDefinition:
    """raw_files.<entity> for every entity; with nothing new, everything below is skipped."""

    @dg.multi_asset(name="files", specs=[_spec(entity) for entity in contract()], pool=WRITER_POOL)
    def files(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        settings = warehouse.settings
        with warehouse.connect() as connection:
            create_empty_tables(connection)
            create_raw_tables(connection)
            if settings.inbox is not None:
                with warehouse.progress.step(f"load files of {settings.inbox}"):
                    load(
                        connection,
                        discover(settings.inbox),
                        context.run_id,
                        datetime.now(UTC),
                        warehouse.progress.say,
                    )
            plan = make_plan(connection, settings, context.run_id, is_published(warehouse.home))
            if not plan.has_work:
                warehouse.progress.say("nothing new")
                return
            warehouse.progress.say(f"why this run: {plan.reason}")
            begin_run(connection, plan, datetime.now(UTC))
            rows = dict(
                connection.execute(
                    "select entity, sum(rows_n)::bigint from meta.load group by entity"
                ).fetchall()
            )
        for entity in contract():
            yield dg.MaterializeResult(
                asset_key=dg.AssetKey([SCHEMA, entity]),
                metadata={
                    "dagster/row_count": rows.get(entity, 0),
                    "has_new_rows": entity in plan.pending,
                },
            )

    return files
