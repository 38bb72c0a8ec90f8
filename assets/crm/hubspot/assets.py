"""HubSpot as assets: one per stream.

Thin by intent: what is read stands in streams.py, how in reading.py. Nothing is asked of HubSpot
before a run lands it.
"""

from __future__ import annotations

import dagster as dg

from assets.api.assets import land_streams, stream_specs
from assets.api.source import Section
from assets.crm.hubspot.options import SOURCE, read_options
from assets.crm.hubspot.portal import connect
from assets.crm.hubspot.reading import Reader
from assets.crm.hubspot.streams import LOOKUPS, STREAMS
from pipelines.resources import Warehouse

_TITLE = "HubSpot"


def specs(section: Section) -> list[dg.AssetSpec]:
    """raw_hubspot.<stream> for every stream that the section reads."""
    names = section.get("streams", [stream.name for stream in STREAMS])
    return stream_specs(SOURCE, _TITLE, names)


def land(warehouse: Warehouse, section: Section, run_id: str) -> None:
    """Read what is new. Raises SourceError for streams that cannot be read."""
    options = read_options(section)
    api = connect(options)
    land_streams(
        warehouse, SOURCE, _TITLE, run_id, api,
        lambda landing: Reader(api, landing, options).read(), LOOKUPS,
    )  # fmt: skip
