"""What the service models cost, model by model: a first build, and the increment of a day.

CPU seconds, because other work on the machine only moves the wall clock; memory; and how many times
a scan of what is read. The same is done with almost no tickets: what that costs is dbt's and the
calendar's, whatever the size, and told apart. MITTARISTO_BENCH_TICKETS says how many tickets; at 20
million they have a hundred million events, and a day brings a hundred thousand new ones and fifty
thousand late. Those are of any age, so that every month is added up again; with
MITTARISTO_BENCH_LATE=recent they are of the last thirty days.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.files.loading import create_raw_tables
from pipelines.settings import Home
from pipelines.warehouse import connect, create_empty_tables
from tests.bench.meter import Meter, peak_memory_gb
from tests.support.cli import REPOSITORY
from tests.support.dbt import WarehouseUnderTest, invoke, manifest
from tests.support.large_helpdesk import (
    ANYWHERE,
    FIRST_AS_OF,
    RECENT,
    SECOND_AS_OF,
    deliver_a_day,
    make_large_helpdesk,
)
from tests.support.service import RESULTS, SERVICE, build_service

pytestmark = pytest.mark.bench

TICKETS = int(os.environ.get("MITTARISTO_BENCH_TICKETS", "200000"))
LATE = {"anywhere": ANYWHERE, "recent": RECENT}[os.environ.get("MITTARISTO_BENCH_LATE", "anywhere")]
ALMOST_NONE = 1000
# DuckDB's own; Python and what it has in flight come on top, and 4 GB are not to be exceeded.
MEMORY_LIMIT = "3GB"
TICKET_FACTS = SERVICE[: SERVICE.index("fct_ticket") + 1]
SCANNED = {
    "tickets": "ticket_id, customer_id, channel, topic, priority, team, agent_id, created_at, "
    "solved_at, status",
    "ticket_events": "ticket_id, occurred_at, field, from_value, to_value",
    "messages": "ticket_id, author_type, author_id, sent_at",
}


def make(folder: Path, tickets_n: int) -> None:
    home = Home(folder).create()
    with connect(home) as connection:
        create_empty_tables(connection)
        create_raw_tables(connection)
        invoke(home, ["seed"], manifest(home))
        make_large_helpdesk(connection, tickets_n, LATE)
        scan_s = _scan(connection)
    (folder / "scan.json").write_text(json.dumps(scan_s))


def deliver(folder: Path, tickets_n: int) -> None:
    with connect(Home(folder)) as connection:
        deliver_a_day(connection, tickets_n, LATE)


def build(folder: Path, tickets_n: int) -> None:
    _measure(folder, "build", FIRST_AS_OF, None)


def increment(folder: Path, tickets_n: int) -> None:
    _measure(folder, "increment", SECOND_AS_OF, FIRST_AS_OF)


def rebuild(folder: Path, tickets_n: int) -> None:
    _measure(folder, "rebuild", SECOND_AS_OF, None)


def _measure(folder: Path, name: str, as_of: datetime, previous: datetime | None) -> None:
    """In a process of its own, so that its memory is that of the models."""
    home = Home(folder)
    meter = Meter()
    with connect(home) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        warehouse = WarehouseUnderTest(home, manifest(home), connection, callbacks=[meter])
        warehouse.set_context(as_of, previous, is_full_build=previous is None)
        started = time.process_time()
        build_service(warehouse, full_refresh=previous is None)
        total = time.process_time() - started
        outcome = {
            "seconds": meter.seconds,
            "total": total,
            "memory_gb": peak_memory_gb(),
            "results": _fingerprints(connection),
        }
    (folder / f"{name}.json").write_text(json.dumps(outcome))


def _scan(connection: duckdb.DuckDBPyConnection) -> float:
    started = time.process_time()
    for entity, columns in SCANNED.items():
        read = ", ".join(f"sum(hash({name}) % 10)" for name in columns.split(", "))
        connection.execute(f"select {read} from canonical.{entity}").fetchall()
    return time.process_time() - started


def _fingerprints(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What stands in the results, whatever the order of their rows."""
    return {
        table: str(
            connection.execute(f"select count(*), sum(hash(rows)) from {table} as rows").fetchall()
        )
        for table in RESULTS
    }


def _in_own_process(step: str, folder: Path, tickets_n: int) -> Any:
    code = (
        f"from tests.bench.test_service_scale import {step}; from pathlib import Path; "
        f"{step}(Path({str(folder)!r}), {tickets_n})"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)
    outcome = folder / f"{step}.json"
    return json.loads(outcome.read_text()) if outcome.exists() else None


def _run(folder: Path, tickets_n: int) -> dict[str, Any]:
    folder.mkdir()
    steps = ("make", "build", "deliver", "increment", "rebuild")
    return {step: _in_own_process(step, folder, tickets_n) for step in steps}


def _report(what: str, measured: dict[str, Any], fixed: dict[str, Any]) -> None:
    growing = {
        name: max(seconds - fixed["seconds"].get(name, 0), 0)
        for name, seconds in measured["seconds"].items()
    }
    facts = sum(growing[name] for name in TICKET_FACTS if name in growing)
    print(
        f"{what}: {measured['total']:.1f} CPU-s, of which {fixed['total']:.1f} whatever the size; "
        f"growing: {sum(growing.values()):.1f}, ticket facts {facts:.1f}; "
        f"at most {measured['memory_gb']:.1f} GB; what grows most:"
    )
    for name in sorted(growing, key=lambda name: -growing[name])[:16]:
        print(f"  {name:30} {growing[name]:6.2f}")


def test_what_the_service_models_cost(tmp_path: Path) -> None:
    fixed = _run(tmp_path / "small", ALMOST_NONE)
    large = _run(tmp_path / "large", TICKETS)
    scan_s = json.loads((tmp_path / "large" / "scan.json").read_text())
    print(f"\n{TICKETS:,} tickets; a scan of what is read: {scan_s:.1f} CPU-s")
    for step in ("build", "increment"):
        _report(step, large[step], fixed[step])
    assert large["increment"]["results"] == large["rebuild"]["results"]
