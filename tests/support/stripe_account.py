"""A simulated company in a Stripe account, and a warehouse that reads it over loopback."""

from __future__ import annotations

from functools import cache
from typing import Any

from assets.api.landing import Landing, Reading
from assets.billing.stripe.options import SOURCE, Options
from assets.billing.stripe.reading import Reader, connect
from assets.billing.stripe.streams import LOOKUPS, STREAMS
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.log import Log
from simulator.stripe.account import Account, Object
from simulator.stripe.objects import fill
from simulator.stripe.server import Server
from tests.support.reads import Reads as AnyReads


@cache
def small_log() -> Log:
    """Sixty customers: a few pages of invoices and charges."""
    return simulate(60, 2)


def small_account() -> Account:
    return fill(Account(now=AS_OF), small_log())


def customers(count: int, created: int = AS_OF - 86_400) -> list[Object]:
    """So many customers of the same second."""
    return [
        {"id": f"cus_{n:05d}", "object": "customer", "created": created, "livemode": False, "n": 0}
        for n in range(count)
    ]


def unhurried(account: Account, **options: Any) -> Server:
    """A server without a limit: on a fake clock waiting takes no time."""
    return Server(account, requests_per_second=1_000_000, **options)


class Reads(AnyReads):
    """Reads an account into a warehouse file, run after run."""

    source = SOURCE
    lookups = LOOKUPS

    def usual_options(self) -> dict[str, Any]:
        return {"key": "rk_test_loopback", "requests_per_second": 10_000}

    def read(self, landing: Landing, address: str, records_per_chunk: int) -> list[Reading]:
        options = Options(base_url=address, **self.options)
        api = connect(options, self.clock)
        try:
            return Reader(api, landing, options, records_per_chunk).read()
        finally:
            api.close()

    def everything(self) -> dict[str, dict[str, tuple[str | None, bool]]]:
        return {stream.name: self.latest(stream.name) for stream in STREAMS}
