"""Every source lands, and then the run knows what it has to do.

One operation, because the plan of a run follows from what all sources together brought, and because
a run without anything new skips everything below at once. What belongs here: the order of the
sources and the decision. What does not: how a source lands (its own package), or how a plan is made
(pipelines/plan.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as it stands.

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from assets.api.source import SourceError
from assets.dbt_models import WRITER_POOL
from assets.ecb import assets as ecb
from assets.files import assets as files
from assets.published import is_published
from assets.vendors import VENDORS
from pipelines.plan import begin_run, make_plan
from pipelines.resources import Warehouse
from pipelines.settings import Settings
from pipelines.warehouse import create_empty_tables

# What cannot fail a run comes first: a refused file must not keep yesterday's rates from today's.
SOURCES = (ecb, files)


def extraction(settings: Settings) -> dg.AssetsDefinition:
    """raw_<source>.<stream> of every source; with nothing new, everything below is skipped.

    A vendor's streams are there when sources.toml has its section.
    """
    vendors = {name: VENDORS[name] for name in settings.vendors}

    @dg.multi_asset(
        name="extract",
        specs=[
            *(spec for source in SOURCES for spec in source.specs()),
            *(
                spec
                for name, vendor in vendors.items()
                for spec in vendor.specs(settings.vendors[name])
            ),
        ],
        can_subset=True,
        pool=WRITER_POOL,
    )
    def extract(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        with warehouse.connect() as connection:
            create_empty_tables(connection)
        _land(warehouse, context.run_id)
        with warehouse.connect() as connection:
            plan = make_plan(
                connection, warehouse.settings, context.run_id, is_published(warehouse.home)
            )
            if not plan.has_work:
                warehouse.progress.say("nothing new")
                return
            warehouse.progress.say(f"why this run: {plan.reason}")
            begin_run(connection, plan, datetime.now(UTC))
            counted = connection.execute(
                "select source, stream, sum(rows_n)::bigint, bool_or(built_run_id is null) "
                "from meta.load group by source, stream"
            ).fetchall()
        rows = {(f"raw_{source}", stream): found for source, stream, *found in counted}
        for spec in extract.specs:
            if spec.key not in context.selected_asset_keys:
                continue
            schema, table = spec.key.path
            rows_n, is_new = rows.get((schema, table), (0, False))
            yield dg.MaterializeResult(
                asset_key=spec.key,
                metadata={"dagster/row_count": rows_n, "has_new_rows": is_new},
            )

    return extract


def _land(warehouse: Warehouse, run_id: str) -> None:
    """Every source in turn; a vendor that fails keeps no other source from landing."""
    failures: list[str] = []
    for name, section in warehouse.settings.vendors.items():
        try:
            VENDORS[name].land(warehouse, section, run_id)
        except SourceError as error:
            failures += error.problems
    for source in SOURCES:
        source.land(warehouse, run_id)
    if failures:
        raise SourceError(failures)
