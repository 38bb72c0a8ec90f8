"""A Zendesk account on loopback, and a warehouse that reads it."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from assets.api.client import Basic
from assets.api.landing import Landing, Reading
from assets.helpdesk.zendesk.options import SOURCE, Options
from assets.helpdesk.zendesk.reading import Reader, connect
from assets.helpdesk.zendesk.streams import LOOKUPS, STREAMS, Stream
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.log import Log
from simulator.zendesk.account import Account, Object, iso
from simulator.zendesk.objects import fill
from simulator.zendesk.server import Server
from tests.support.clock import FakeClock
from tests.support.reads import Reads as AnyReads

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
# The clock of the readings, and of the accounts that they read.
NOW = int(FakeClock().now().timestamp())


def streams(*names: str) -> tuple[Stream, ...]:
    return tuple(stream for stream in STREAMS if stream.name in names)


def tickets(count: int, at: int = NOW - DAY_S, apart_s: int = 1) -> list[Object]:
    """So many tickets, each so much later than the one before; the system moved them later."""
    return [
        {
            "id": number,
            "url": f"https://example.zendesk.com/api/v2/tickets/{number}.json",
            "subject": "s",
            "description": "d",
            "status": "open",
            "submitter_id": 1,
            "created_at": iso(at - HOUR_S),
            "updated_at": iso(at + number * apart_s - HOUR_S),
            "generated_timestamp": at + number * apart_s,
            "metric_set": {"ticket_id": number, "reopens": 0},
        }
        for number in range(1, count + 1)
    ]


def calls(count: int, at: int = NOW - DAY_S, apart_s: int = 1) -> list[Object]:
    return [
        {"id": number, "updated_at": iso(at + number * apart_s), "talk_time": 0}
        for number in range(1, count + 1)
    ]


def organizations(count: int, at: int = NOW - DAY_S) -> list[Object]:
    return [
        {"id": number, "name": f"o{number}", "updated_at": iso(at + number), "deleted_at": None}
        for number in range(1, count + 1)
    ]


def ticket_events(count: int, at: int = NOW - DAY_S, apart_s: int = 1) -> list[Object]:
    return [
        {"id": number, "ticket_id": 1, "timestamp": at + number * apart_s, "child_events": []}
        for number in range(1, count + 1)
    ]


def groups(count: int) -> list[Object]:
    """Groups, of which the list shows the newest first."""
    return [
        {"id": number, "name": f"g{count - number:04}", "deleted": False, "updated_at": iso(NOW)}
        for number in range(1, count + 1)
    ]


def unhurried(account: Account, **options: Any) -> Server:
    """A server without limits: on a fake clock waiting takes no time."""
    return Server(account, 1_000_000, 1_000_000, **options)


def live(reads: AnyReads, stream: str) -> dict[str, Any]:
    """The latest versions of what is not deleted."""
    return {
        id_: orjson.loads(payload or "null")
        for id_, (payload, is_deleted) in reads.latest(stream).items()
        if not is_deleted
    }


@cache
def small_log() -> Log:
    """Sixty customers: a page of tickets, a few of their events."""
    return simulate(60, 2)


def small_account() -> Account:
    return fill(Account(now=AS_OF), small_log())


class Reads(AnyReads):
    """Reads an account into a warehouse file, run after run."""

    source = SOURCE
    lookups = LOOKUPS

    def usual_options(self) -> dict[str, Any]:
        return {
            "credentials": Basic("admin@example.com/token", "loopback-token"),
            "requests_per_minute": 100_000,
            "exports_per_minute": 100_000,
        }

    def read(self, landing: Landing, address: str, records_per_chunk: int) -> list[Reading]:
        options = Options(base_url=address, **self.options)
        api = connect(options, self.clock)
        try:
            return Reader(api, landing, options, records_per_chunk).read()
        finally:
            api.close()

    def wait(self, account: Account, seconds: int) -> None:
        """Time passes, here and there."""
        account.now += seconds
        self.clock.sleep(seconds)
