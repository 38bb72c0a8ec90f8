"""What the money models cost: CPU seconds, memory, and how many times a scan of their input.

MITTARISTO_BENCH_SCALE says how large the company is; 1 is two million customers with thirty million
invoice lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assets.files.loading import create_raw_tables
from pipelines.settings import Home
from pipelines.warehouse import connect, create_empty_tables
from tests.bench.meter import Meter, peak_memory_gb
from tests.bench.money_data import AS_OF, Size, fill
from tests.support.cli import REPOSITORY
from tests.support.dbt import WarehouseUnderTest, invoke, manifest
from tests.support.money import CORE, MARTS, METRICS

pytestmark = pytest.mark.bench

SCALE = float(os.environ.get("MITTARISTO_BENCH_SCALE", "0.1"))
MEMORY_LIMIT = "3GB"  # The process around it and its allocator take up to another one.
SCANNED = (
    "invoice_id", "line_no", "subscription_id", "price_id", "service_from", "service_to",
    "quantity", "unit_price", "line_discount_amount", "net_amount", "currency",
)  # fmt: skip


def make(folder: Path) -> None:
    home = Home(folder).create()
    with connect(home) as connection:
        create_empty_tables(connection)
        create_raw_tables(connection)
        invoke(home, ["seed"], manifest(home))
        fill(connection, Size.of(SCALE))


def build(folder: Path) -> None:
    """In a process of its own, so that its memory is that of the models."""
    home = Home(folder)
    meter = Meter()
    with connect(home) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        started = time.process_time()
        columns = ", ".join(f"sum(hash({name}) % 10)" for name in SCANNED)
        connection.execute(f"select {columns} from canonical.invoice_lines").fetchall()
        scan = time.process_time() - started
        warehouse = WarehouseUnderTest(home, manifest(home), connection, callbacks=[meter])
        warehouse.set_context(as_of=AS_OF)
        warehouse.run_dbt([*CORE, *METRICS, *MARTS])
    print(
        f"\nmoney models at scale {SCALE:g}: {meter.total:.1f} CPU-s, {peak_memory_gb():.1f} GB, "
        f"{meter.total / scan:.0f} times a scan of the invoice lines; the dearest:"
    )
    for name, seconds in meter.dearest(12):
        print(f"  {name:30} {seconds:6.1f}")


def test_what_the_money_models_cost(tmp_path: Path) -> None:
    for step in ("make", "build"):
        code = (
            f"from tests.bench.test_money_speed import {step}; from pathlib import Path; "
            f"{step}(Path({str(tmp_path)!r}))"
        )
        subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)
