"""What every vendor is to Dagster: an asset per stream, and a step that says what it brought."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import dagster as dg

from assets.api.client import Api
from assets.api.landing import Landing, Reading
from pipelines.resources import Warehouse


def stream_specs(source: str, title: str, names: Iterable[str]) -> list[dg.AssetSpec]:
    """raw_<source>.<stream> for every stream that a section reads."""
    return [
        dg.AssetSpec(
            key=dg.AssetKey([f"raw_{source}", name]),
            group_name="extract",
            description=f"Versions of {title}'s {name.replace('_', ' ')}, as {title} sent them.",
            owners=["data-engineering@example.com"],
            kinds={"duckdb", source},
            skippable=True,
        )
        for name in names
    ]


def land_streams(
    warehouse: Warehouse,
    source: str,
    title: str,
    run_id: str,
    api: Api,
    read: Callable[[Landing], list[Reading]],
    lookups: Collection[str] = (),
) -> None:
    """Let `read` land what is new, and say what it was. Raises SourceError.

    `lookups` are streams whose records are named by those of others.
    """
    try:
        with warehouse.connect() as connection, warehouse.progress.step(f"read {title}"):
            readings = read(Landing(connection, source, run_id, api.clock, lookups))
    finally:
        api.close()
    for reading in readings:
        if reading.landed_n:
            warehouse.progress.say(
                f"{source} {reading.stream}: {reading.landed_n:,} new versions"
                + (f", {reading.deleted_n:,} deleted" if reading.deleted_n else "")
            )
    if not any(reading.landed_n for reading in readings):
        warehouse.progress.say(f"{source}: nothing new")
