"""A simulated company in a HubSpot portal, and a warehouse that reads it over loopback."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from assets.api.client import Bearer
from assets.api.landing import Landing, Reading
from assets.crm.hubspot.options import SOURCE, Options
from assets.crm.hubspot.portal import connect
from assets.crm.hubspot.reading import Reader
from assets.crm.hubspot.streams import LOOKUPS, STREAMS, Stream
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.hubspot.objects import fill, fill_calls, fill_surveys
from simulator.hubspot.portal import Portal, made
from simulator.hubspot.server import Server
from simulator.log import Log
from tests.support.reads import Reads as AnyReads

Content = dict[str, dict[str, Any]]


@cache
def small_log() -> Log:
    """Sixty customers: a page of companies, a few of calls and answers."""
    return simulate(60, 2)


def small_portal() -> Portal:
    portal = fill(Portal(now=AS_OF), small_log())
    return fill_surveys(fill_calls(portal, small_log()), small_log())


def companies(count: int, modified_at: float = AS_OF - 86_400) -> Portal:
    """A portal with so many companies, all modified in the same second."""
    portal = Portal(now=AS_OF)
    for n in range(count):
        portal.load("companies", made("companies", str(1_000 + n), 0, modified_at, name=f"n{n}"))
    return portal


def chosen(*names: str) -> tuple[Stream, ...]:
    return tuple(stream for stream in STREAMS if stream.name in names)


def unhurried(portal: Portal, **options: Any) -> Server:
    """A server without a limit: on a fake clock waiting takes no time."""
    limits = dict.fromkeys(("per_10_seconds", "searches_per_second", "per_day"), 1_000_000)
    return Server(portal, **(limits | options))


class Reads(AnyReads):
    """Reads a portal into a warehouse file, run after run."""

    source = SOURCE
    lookups = LOOKUPS

    def usual_options(self) -> dict[str, Any]:
        return {
            "credentials": Bearer("pat-eu1-loopback"),
            "requests_per_10_seconds": 100_000,
            "searches_per_second": 10_000,
        }

    def read(self, landing: Landing, address: str, records_per_chunk: int) -> list[Reading]:
        options = Options(base_url=address, **self.options)
        api = connect(options, self.clock)
        try:
            return Reader(api, landing, options, records_per_chunk).read()
        finally:
            api.close()

    def objects(self, stream: str) -> dict[str, tuple[Any, bool]]:
        """id → what was said last, and whether it is deleted."""
        latest = self.latest(stream)
        return {id_: (orjson.loads(said or "null"), gone) for id_, (said, gone) in latest.items()}

    def live(self, stream: str) -> Content:
        return {id_: said for id_, (said, gone) in self.objects(stream).items() if not gone}


def properties(content: Content, *names: str) -> dict[str, dict[str, Any]]:
    """What was said of the objects, of the properties named or of all that have a value."""
    return {
        id_: {
            name: value
            for name, value in payload["properties"].items()
            if (name in names if names else value is not None)
        }
        for id_, payload in content.items()
    }
