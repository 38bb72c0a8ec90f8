"""Records per CPU-second from parsed pages to committed envelopes."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import pytest

from assets.api.landing import Chunk, Landing
from assets.api.paging import Record
from pipelines.warehouse import create_empty_tables
from tests.support.clock import FakeClock
from tests.support.stripe_account import small_account

RECORDS_N, CHUNK_N = 200_000, 10_000


@pytest.mark.bench
def test_landing_takes_50_000_records_per_cpu_second(tmp_path: Path) -> None:
    charges = small_account().listed("charges")
    seconds = 0.0
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        create_empty_tables(connection)
        landing = Landing(connection, "stripe", "run", FakeClock())
        landing.create_tables(["charges"])
        for start in range(0, RECORDS_N, CHUNK_N):
            # As in a run, the records of one chunk are all that is in memory.
            records = [
                Record(f"ch_{n}", {**charges[n % len(charges)], "id": f"ch_{n}"}, str(n))
                for n in range(start, start + CHUNK_N)
            ]
            began = time.process_time()
            chunk = Chunk(cursors={"charges": str(start)})
            chunk.add("charges", records)
            landing.land(chunk, listing="charges")
            seconds += time.process_time() - began
        landed = connection.execute("select count(*) from raw_stripe.charges").fetchall()
    assert landed == [(RECORDS_N,)]
    print(f"{RECORDS_N:,} records in {seconds:.1f} CPU-s: {RECORDS_N / seconds:,.0f} a second")
    assert RECORDS_N / seconds > 50_000
