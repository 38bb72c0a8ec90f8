"""Stripe as assets: one per stream, and the feed of events.

Thin by intent: what is read stands in streams.py, how in reading.py. Nothing is asked of Stripe
before a run lands it.
"""

from __future__ import annotations

import dagster as dg

from assets.api.landing import Landing
from assets.api.source import Section
from assets.billing.stripe.options import read_options
from assets.billing.stripe.reading import Reader, connect
from assets.billing.stripe.streams import EVENTS, STREAMS
from pipelines.resources import Warehouse

SOURCE = "stripe"


def specs(section: Section) -> list[dg.AssetSpec]:
    """raw_stripe.<stream> for every stream that the section reads."""
    names = section.get("streams", [stream.name for stream in STREAMS])
    return [
        dg.AssetSpec(
            key=dg.AssetKey([f"raw_{SOURCE}", name]),
            group_name="extract",
            description=f"Versions of Stripe's {name.replace('_', ' ')}, as Stripe sent them.",
            owners=["data-engineering@example.com"],
            kinds={"duckdb", "stripe"},
            skippable=True,
        )
        for name in (*names, EVENTS)
    ]


def land(warehouse: Warehouse, section: Section, run_id: str) -> None:
    """Read what is new. Raises SourceError for streams that cannot be read."""
    options = read_options(section)
    api = connect(options)
    try:
        with warehouse.connect() as connection, warehouse.progress.step("read Stripe"):
            landing = Landing(connection, SOURCE, run_id, api.clock)
            readings = Reader(api, landing, options).read()
    finally:
        api.close()
    for reading in readings:
        if reading.landed_n:
            warehouse.progress.say(
                f"stripe {reading.stream}: {reading.landed_n:,} new versions"
                + (f", {reading.deleted_n:,} deleted" if reading.deleted_n else "")
            )
    if not any(reading.landed_n for reading in readings):
        warehouse.progress.say("stripe: nothing new")
