"""The jobs: what runs together, and what a failed step leaves in the run's own record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import dagster as dg

from assets.data_docs import write_docs
from assets.files.reading import DeliveryError
from assets.published_gate import PublishedGateError
from pipelines.dbt import ModelInputError
from pipelines.plan import finish_run
from pipelines.resources import Warehouse

REFRESH = "refresh"

# Input or figures that a rule refuses; anything else that stops a run is an error. By name, because
# Dagster keeps the class of a failed blocking check to itself.
BLOCKING_ERRORS = {
    DeliveryError.__name__,
    ModelInputError.__name__,
    PublishedGateError.__name__,
    "DagsterAssetCheckFailedError",
}


@dg.failure_hook(required_resource_keys={"warehouse"})
def record_failure(context: dg.HookContext) -> None:
    """Mark the run blocked or failed, so that the next one knows it did not finish.

    What its gates found is drawn now, as the asset that does so waits for publishing.
    """
    warehouse: Warehouse = context.resources.warehouse
    status = "blocked" if type(context.op_exception).__name__ in BLOCKING_ERRORS else "failed"
    with warehouse.connect() as connection:
        finish_run(connection, context.run_id, status, datetime.now(UTC))
        write_docs(connection, warehouse.home.data_docs, context.run_id)


def refresh_job(
    selection: str | None = None, idle: Iterable[dg.AssetKey] = ()
) -> dg.UnresolvedAssetJobDefinition:
    """Extract → validate → build → validate → publish, of everything or of a selection.

    `idle` assets have nothing to do and are left out: each asset of a run costs some events.
    """
    chosen = dg.AssetSelection.from_string(selection) if selection else dg.AssetSelection.all()
    chosen -= dg.AssetSelection.assets(*idle)
    return dg.define_asset_job(
        REFRESH,
        selection=chosen,
        hooks={record_failure},
        description="Extract, validate, build and publish; stops at the first gate that blocks.",
    )
