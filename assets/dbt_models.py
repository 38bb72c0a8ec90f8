"""The dbt models as assets, one operation per layer so that a gate can stand between layers.

What belongs here: how a dbt node looks as an asset, and which nodes a layer builds in this run.
What does not: SQL (models/), what a run has to do (pipelines/plan.py), how dbt runs
(pipelines/dbt.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as it stands.

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from assets.column_lineage import column_metadata
from assets.published import is_published
from pipelines.dbt import Dbt, NodeResult
from pipelines.identity import publish_identities
from pipelines.plan import (
    CANONICAL_SCHEMAS,
    Plan,
    ensure_run,
    nodes_to_build,
)
from pipelines.resources import Warehouse
from pipelines.row_account import account, warnings

WRITER_POOL = "duckdb_writer"


class Translator(DagsterDbtTranslator):
    """One address everywhere: schema and table name are the asset key."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        table = dbt_resource_props.get("alias") or dbt_resource_props["name"]
        return dg.AssetKey([dbt_resource_props["schema"], table])


def layer_specs(
    manifest: Mapping[str, Any], schemas: Sequence[str], raw: Collection[dg.AssetKey] = ()
) -> list[dg.AssetSpec]:
    """A spec per model and seed of the schemas, upstream first.

    The run's own state (dbt source `meta`) is no data and stays out of the lineage, and so does raw
    that is not among the assets in `raw`: of a vendor that is not configured.
    """
    translator = Translator()
    outside = {translator.get_asset_key(source) for source in manifest["sources"].values()}
    outside -= set(raw)
    specs = {}
    for unique_id, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] not in ("model", "seed") or node["schema"] not in schemas:
            continue
        spec = translator.get_asset_spec(manifest, unique_id, None)
        direct = [dep for dep in spec.deps if dep.asset_key not in outside]
        specs[spec.key] = spec.replace_attributes(
            deps=direct,
            skippable=True,
            kinds={"dbt", "duckdb"},
        ).merge_attributes(metadata={"unique_id": unique_id})
    upstream = {key: {dep.asset_key for dep in spec.deps} for key, spec in specs.items()}
    return [specs[key] for key in TopologicalSorter(upstream).static_order() if key in specs]


def other_assets(manifest: Mapping[str, Any], unique_ids: Collection[str]) -> list[dg.AssetKey]:
    """Staging, quarantine and canonical without these models."""
    translator = Translator()
    return [
        translator.get_asset_key(node)
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["schema"] in CANONICAL_SCHEMAS
        and unique_id not in unique_ids
    ]


def dbt_layer(
    name: str,
    manifest: Mapping[str, Any],
    schemas: tuple[str, ...],
    raw: Collection[dg.AssetKey] = (),
) -> dg.AssetsDefinition:
    """One operation that builds a layer's models in this run, and reports all of them.

    It reads tables that the gate above it checks, in one operation too: a check that blocks fails
    that operation, so this one does not start, whichever table was at fault. `raw` are the raw
    assets there are.
    """
    specs = layer_specs(manifest, schemas, raw)
    unique_ids = {spec.key: spec.metadata["unique_id"] for spec in specs}

    @dg.multi_asset(name=name, specs=specs, can_subset=True, pool=WRITER_POOL)
    def layer(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        dbt: dg.ResourceParam[Dbt],
    ) -> Iterator[dg.MaterializeResult[None]]:
        wanted = {unique_ids[key] for key in context.selected_asset_keys}
        with warehouse.connect() as connection:
            plan = ensure_run(
                connection, warehouse.settings, context.run_id, is_published(warehouse.home)
            )
            nodes = nodes_to_build(manifest, plan, schemas)
            names = [node for unique_id, node in nodes.items() if unique_id in wanted]
            with warehouse.progress.step(f"build {name} ({len(names)} models)"):
                results = {r.unique_id: r for r in dbt.build(names, _is_full(plan, schemas))}
            if schemas == CANONICAL_SCHEMAS:
                publish_identities(connection)
                account(connection, plan.run_id)
                for warning in warnings(connection, plan.run_id):
                    warehouse.progress.say(f"warning: {warning}")
            counts = _row_counts(connection, schemas)
            columns = column_metadata(connection, results.values())
        for key, unique_id in unique_ids.items():
            if key not in context.selected_asset_keys:
                continue
            yield dg.MaterializeResult(
                asset_key=key,
                metadata=(
                    _metadata(key, counts, results.get(unique_id)) | columns.get(unique_id, {})
                ),
            )

    return layer


def _is_full(plan: Plan, schemas: tuple[str, ...]) -> bool:
    return plan.rebuild_canonical if schemas == CANONICAL_SCHEMAS else plan.rebuild_core


def _row_counts(connection: Any, schemas: Sequence[str]) -> dict[tuple[str, str], int]:
    """Rows of each stored table of the schemas; views are not counted."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where list_contains(?, schema_name)",
        [list(schemas)],
    ).fetchall()
    counts = " union all ".join(
        f"select '{schema}', '{table}', count(*) from {schema}.{table}" for schema, table in tables
    )
    rows = connection.execute(counts).fetchall() if tables else []
    return {(schema, table): count for schema, table, count in rows}


def _metadata(
    key: dg.AssetKey, counts: Mapping[tuple[str, str], int], result: NodeResult | None
) -> dict[str, Any]:
    schema, table = key.path
    metadata: dict[str, Any] = {"built_in_this_run": result is not None}
    if (schema, table) in counts:
        metadata["dagster/row_count"] = counts[schema, table]
    if result:
        metadata["seconds"] = round(result.seconds, 3)
    return metadata
