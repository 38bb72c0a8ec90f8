"""The one place where everything is put together.

`build_defs` takes settings and resource overrides, so that tests and the command line swap
resources, never modules. Nothing slow or remote happens here: dbt and Great Expectations are
imported when they work, the asset graph comes from the parsed manifest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from assets.data_docs import data_docs_asset
from assets.dbt_models import dbt_layer, other_assets
from assets.expectation_checks import gate_checks
from assets.extraction import extraction
from assets.files import assets as files
from assets.files.loading import SOURCE as FILES
from assets.publish import published_asset
from pipelines.contract import contract
from pipelines.dbt import manifest_json
from pipelines.jobs import refresh_job
from pipelines.loads import Stream
from pipelines.plan import CANONICAL_SCHEMAS, CORE_SCHEMAS, MART_SCHEMAS, canonical_models
from pipelines.progress import Progress
from pipelines.resources import build_resources
from pipelines.schedules import daily_refresh
from pipelines.settings import Settings, load_settings


def build_defs(
    settings: Settings | None = None,
    progress: Progress | None = None,
    selection: str | None = None,
    delivered: Collection[Stream] | None = None,
    resource_overrides: dict[str, object] | None = None,
) -> dg.Definitions:
    """Assets from raw to published, the gates between them, the job and its schedule.

    The job leaves out the assets that nothing comes to: neither of the streams in `delivered`,
    where these are known, nor of the sources that are asked each time.
    """
    settings = settings or load_settings()
    manifest = manifest_json()
    raw = extraction(settings)
    raw_gate = gate_checks("raw", sorted(raw.keys))
    canonical = dbt_layer("canonical", manifest, CANONICAL_SCHEMAS, raw.keys)
    canonical_gate = gate_checks("canonical", sorted(canonical.keys))
    core = dbt_layer("core", manifest, CORE_SCHEMAS)
    core_gate = gate_checks("core", sorted(core.keys))
    marts = dbt_layer("marts", manifest, MART_SCHEMAS)
    marts_gate = gate_checks("marts", sorted(marts.keys))
    published = published_asset(sorted(marts.keys))
    docs = data_docs_asset(sorted(published.keys))
    idle = () if delivered is None else _idle(manifest, {*delivered, *_asked(settings, raw.keys)})
    job = refresh_job(selection, idle)
    return dg.Definitions(
        assets=[raw, canonical, core, marts, published, docs],
        asset_checks=[raw_gate, canonical_gate, core_gate, marts_gate],
        jobs=[job],
        schedules=[daily_refresh(job, settings.reporting_tz)],
        resources=build_resources(settings, progress) | (resource_overrides or {}),
        executor=dg.in_process_executor,
    )


def _asked(settings: Settings, keys: Iterable[dg.AssetKey]) -> Iterator[Stream]:
    """The streams of the sources that say only when asked whether they have anything new."""
    sources = {*settings.vendors, *(["ecb"] if settings.fx_address else [])}
    for key in keys:
        schema, name = key.path
        if (source := schema.removeprefix("raw_")) in sources:
            yield Stream(source, name)


def _idle(manifest: Mapping[str, Any], delivered: Collection[Stream]) -> list[dg.AssetKey]:
    """From raw files to canonical, the assets of what nobody has delivered.

    Customers stay in any case: core always waits for the gate above it through them.
    """
    present = {*delivered, Stream(FILES, "customers")}
    no_files = [e for e in contract() if Stream(FILES, e) not in present]
    return [*map(files.key, no_files), *other_assets(manifest, canonical_models(manifest, present))]


@dg.definitions
def defs() -> dg.Definitions:
    """The code location that workspace.yaml names."""
    return build_defs()
