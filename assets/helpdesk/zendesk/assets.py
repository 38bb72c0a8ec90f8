"""Zendesk as assets: one per stream.

Thin by intent: what is read stands in streams.py, how in reading.py. Nothing is asked of Zendesk
before a run lands it.
"""

from __future__ import annotations

import dagster as dg

from assets.api.assets import land_streams, stream_specs
from assets.api.source import Section
from assets.helpdesk.zendesk.options import SOURCE, read_options
from assets.helpdesk.zendesk.reading import Reader, connect
from assets.helpdesk.zendesk.streams import LOOKUPS, USUAL
from pipelines.resources import Warehouse

_TITLE = "Zendesk"


def specs(section: Section) -> list[dg.AssetSpec]:
    """raw_zendesk.<stream> for every stream that the section reads."""
    return stream_specs(SOURCE, _TITLE, section.get("streams", [s.name for s in USUAL]))


def land(warehouse: Warehouse, section: Section, run_id: str) -> None:
    """Read what is new. Raises SourceError for streams that cannot be read."""
    options = read_options(section)
    api = connect(options)
    land_streams(
        warehouse, SOURCE, _TITLE, run_id, api,
        lambda landing: Reader(api, landing, options).read(), LOOKUPS,
    )  # fmt: skip
