"""CPU seconds of the service facts and marts over a large helpdesk, model by model.

CPU, not wall clock: other work on the machine only moves the latter. The set is small enough for an
ordinary test machine; MITTARISTO_BENCH_TICKETS makes it larger.
"""

from __future__ import annotations

import os
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.settings import Home
from tests.support.dbt import open_copy
from tests.support.large_helpdesk import make_large_helpdesk
from tests.support.service import build_service

pytestmark = pytest.mark.bench

TICKETS = int(os.environ.get("MITTARISTO_BENCH_TICKETS", "1000000"))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def test_service_facts_and_marts_of_many_tickets(warehouse_template: Home, tmp_path: Path) -> None:
    with open_copy(warehouse_template, Home(tmp_path / "home")) as warehouse:
        make_large_helpdesk(warehouse.connection, TICKETS)
        warehouse.set_context(as_of=datetime(2025, 12, 1, tzinfo=UTC))
        started = _cpu_s()
        build_service(warehouse)
        used = _cpu_s() - started
        ((tickets_n,),) = warehouse.query("select count(*) from core.fct_ticket")
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"\n{TICKETS:,} tickets: {used:.1f} CPU-s, at most {peak_gb:.1f} GB")
    assert tickets_n == TICKETS
