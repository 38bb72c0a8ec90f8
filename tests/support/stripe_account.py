"""A simulated company in a Stripe account, and a warehouse that reads it over loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from assets.api.clock import Clock
from assets.api.landing import Landing, Reading
from assets.billing.stripe.options import Options
from assets.billing.stripe.reading import Reader, connect
from assets.billing.stripe.streams import STREAMS
from pipelines.warehouse import create_empty_tables
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.log import Log
from simulator.stripe.account import Account, Object
from simulator.stripe.objects import fill
from simulator.stripe.server import Server
from tests.support.clock import FakeClock


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


class Reads:
    """Reads an account into a warehouse file, run after run."""

    def __init__(self, file: Path, clock: Clock | None = None, **options: Any) -> None:
        self.file = file
        self.clock = clock or FakeClock()
        self.options: dict[str, Any] = {"key": "rk_test_loopback", "requests_per_second": 10_000}
        self.options |= options
        self.runs_n = 0
        with self.connect() as connection:
            create_empty_tables(connection)

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.file)) as connection:
            connection.execute("set timezone = 'UTC'")
            yield connection

    def run(self, address: str, records_per_chunk: int = 10_000) -> list[Reading]:
        """One run against the server at the address. Raises SourceError."""
        self.runs_n += 1
        options = Options(base_url=address, **self.options)
        api = connect(options, self.clock)
        try:
            with self.connect() as connection:
                landing = Landing(connection, "stripe", f"run-{self.runs_n}", self.clock)
                return Reader(api, landing, options, records_per_chunk).read()
        finally:
            api.close()

    def latest(self, stream: str) -> dict[str, tuple[str | None, bool]]:
        """id → payload and whether it is deleted, of the latest versions."""
        rows = self.query(
            f"select id, cast(payload as varchar), is_deleted from raw_stripe.{stream} "
            "qualify row_number() over (partition by id order by load_id desc, row_no desc) = 1"
        )
        return {id_: (payload, is_deleted) for id_, payload, is_deleted in rows}

    def everything(self) -> dict[str, dict[str, tuple[str | None, bool]]]:
        return {stream.name: self.latest(stream.name) for stream in STREAMS}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(sql).fetchall()
