"""What the gates cost beside the build whose tables they check.

MITTARISTO_BENCH_TICKETS says how many tickets, each with about five events, are delivered as
Parquet and built up to the marts: a full load, of which the gates look at every row. What was built
is then enlarged MITTARISTO_BENCH_TIMES, each time under other keys, and gated again: a hundred
million events without the hour that building them takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.ecb.loading import create_raw_tables as create_rate_tables
from assets.expectations.scope import GateRun, tables_touched
from assets.expectations.suites import Gate, Suite, read_suite, suite_files
from assets.expectations.validation import validate
from assets.files.discovery import discover
from assets.files.loading import create_raw_tables, load
from pipelines.row_account import account
from pipelines.settings import Home
from pipelines.warehouse import connect, create_empty_tables
from tests.bench.meter import peak_memory_gb
from tests.support.build import canonical_nodes
from tests.support.cli import REPOSITORY
from tests.support.dbt import WarehouseUnderTest, invoke, manifest
from tests.support.gates import GATES, RUN
from tests.support.large_helpdesk import FIRST_AS_OF, write_large_helpdesk

pytestmark = pytest.mark.bench

TICKETS = int(os.environ.get("MITTARISTO_BENCH_TICKETS", "200000"))
TIMES = int(os.environ.get("MITTARISTO_BENCH_TIMES", "5"))
ALMOST_NONE = 1000
# DuckDB's own; Python and what it has in flight come on top.
MEMORY_LIMIT = "2.5GB"
MOST_MEMORY_GB = 3.0
MOST_OF_BUILD = 0.35
# Who has one of these is as large as the helpdesk.
ROW_KEYS = {"ticket_id", "event_id", "message_id", "contact_id", "customer_id"}
# A table that costs less is not looked at more closely.
DEAR_S = 0.3


def deliver(folder: Path, tickets_n: int) -> None:
    """The files of a helpdesk."""
    home = Home(folder / "vendor").create()
    with connect(home) as connection:
        create_empty_tables(connection)
        write_large_helpdesk(connection, tickets_n, folder / "inbox")
    home.warehouse.unlink()


def build(folder: Path) -> dict[str, float]:
    """CPU seconds of loading the files and of the models up to the marts, gates aside."""
    home = Home(folder / "home").create()
    with connect(home) as connection:
        create_empty_tables(connection)
        create_raw_tables(connection)
        create_rate_tables(connection)
        invoke(home, ["seed"], manifest(home))
        warehouse = WarehouseUnderTest(home, manifest(home), connection)
        warehouse.set_context(FIRST_AS_OF)
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        started = time.process_time()
        load(connection, discover(folder / "inbox"), RUN, datetime.now(UTC), lambda _: None)
        loaded = time.process_time()
        warehouse.run_dbt(canonical_nodes(warehouse))
        account(connection, RUN)
        warehouse.run_dbt(["path:models/core", "path:models/marts", "path:models/restricted"])
        return {"load": loaded - started, "models": time.process_time() - loaded}


def enlarge(folder: Path, times: int) -> int:
    """Copy the rows of tickets, events, messages, contacts and customers under other keys.

    Returns how many events there are now.
    """
    with connect(Home(folder / "home")) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("set preserve_insertion_order = false")
        columns = connection.execute(
            """
            select named.schema_name || '.' || named.table_name, list(named.column_name)
            from duckdb_columns() as named
            inner join duckdb_tables() as stored
                on
                    named.schema_name = stored.schema_name
                    and named.table_name = stored.table_name
            where named.schema_name in ('raw_files', 'canonical', 'core')
            group by named.schema_name, named.table_name
            """
        ).fetchall()
        for table, names in columns:
            if keys := sorted(ROW_KEYS & set(names)):
                changed = [f"{key} || '-' || copy as {key}" for key in keys]
                if "row_no" in names:
                    changed.append("row_no + copy * 1000000000 as row_no")
                connection.execute(
                    f"insert into {table} "
                    f"select made.* replace ({', '.join(changed)}) "
                    f"from {table} as made cross join range(1, {times}) as copies (copy)"
                )
        connection.execute(
            f"update meta.load set rows_n = rows_n * {times} where stream in "
            "('customers', 'tickets', 'ticket_events', 'messages', 'contacts')"
        )
        account(connection, RUN)
        [(events_n,)] = connection.execute(
            "select (select count(*) from canonical.ticket_events)"
            "    + (select count(*) from canonical.messages)"
        ).fetchall()
        connection.execute("checkpoint")
    return int(events_n)


def ask(folder: Path) -> dict[str, Any]:
    """CPU seconds of each gate, one after the other as in a run, and what memory they took."""
    seconds = {}
    with connect(Home(folder / "home")) as connection:
        seconds["import"] = _cost(_import_great_expectations)
        outcomes = []
        for gate in GATES:
            started = time.process_time()
            run, suites = _wanted(connection, gate)
            outcomes += validate(connection, suites, run)
            seconds[gate] = time.process_time() - started
    return {
        "seconds": seconds,
        "memory_gb": peak_memory_gb(),
        "outcomes_n": len(outcomes),
        "errors": [o.address for o in outcomes if o.outcome == "error"],
    }


def ask_one_by_one(folder: Path) -> dict[str, float]:
    """CPU seconds of each expectation alone, of the tables that are worth it."""
    seconds = {}
    with connect(Home(folder / "home")) as connection:
        _import_great_expectations()
        for gate in GATES:
            run, suites = _wanted(connection, gate)
            for suite in suites:
                if _cost(lambda: validate(connection, [suite], run)) < DEAR_S:  # noqa: B023
                    continue
                for expectation in suite.expectations:
                    alone = replace(suite, expectations=(expectation,))
                    seconds[f"{suite.table}:{expectation.id}"] = _cost(
                        lambda: validate(connection, [alone], run)  # noqa: B023
                    )
    return seconds


def _wanted(connection: duckdb.DuckDBPyConnection, gate: Gate) -> tuple[GateRun, list[Suite]]:
    run = GateRun(RUN, gate, is_full=True)
    touched = tables_touched(connection, run)
    files = suite_files(gate)
    return run, [read_suite(files[t]) for t in sorted(files) if touched is None or t in touched]


def _import_great_expectations() -> None:
    import assets.expectations.great_expectations_engine  # noqa: F401


def _cost(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _in_own_process(step: Callable[..., Any], folder: Path, *arguments: int) -> Any:
    """What the step returns; in a process of its own, so that its memory is its own."""
    called = f"{step.__name__}(Path({str(folder)!r}), *{arguments})"
    code = (
        f"import json; from pathlib import Path; from {__name__} import {step.__name__}; "
        f"print(json.dumps({called}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _run(folder: Path, tickets_n: int) -> tuple[float, dict[str, Any]]:
    """CPU seconds of the build, and what the gates said of themselves."""
    _in_own_process(deliver, folder, tickets_n)
    built = _in_own_process(build, folder)
    asked = _in_own_process(ask, folder)
    assert asked["errors"] == []
    assert asked["outcomes_n"] > 700
    print(f"\n{tickets_n:,} tickets: build {_in_words(built)}")
    print(f"gates {_in_words(asked['seconds'])}, {asked['memory_gb']:.1f} GB")
    return sum(built.values()), asked


def _in_words(seconds: dict[str, float]) -> str:
    rounded = {name: round(cost, 1) for name, cost in seconds.items()}
    return f"{sum(seconds.values()):.1f} CPU-s {rounded}"


def _growing(asked: dict[str, Any], least_asked: dict[str, Any]) -> float:
    return sum(asked["seconds"].values()) - sum(least_asked["seconds"].values())


def test_gates_cost_a_third_of_the_build(tmp_path: Path) -> None:
    least_built, least_asked = _run(tmp_path / "small", ALMOST_NONE)
    built, asked = _run(tmp_path / "large", TICKETS)
    build_s, gates_s = built - least_built, _growing(asked, least_asked)
    print(f"growing: build {build_s:.1f}, gates {gates_s:.1f}: {gates_s / build_s:.0%}; dearest:")
    _print_dearest(tmp_path / "large")
    assert gates_s < MOST_OF_BUILD * build_s
    assert asked["memory_gb"] < MOST_MEMORY_GB

    events_n = _in_own_process(enlarge, tmp_path / "large", TIMES)
    assert events_n > 4 * TICKETS * TIMES
    asked = _in_own_process(ask, tmp_path / "large")
    assert asked["errors"] == []
    gates_s = _growing(asked, least_asked)
    print(f"enlarged to {events_n:,} events: gates {_in_words(asked['seconds'])}, ")
    print(
        f"{asked['memory_gb']:.1f} GB; {gates_s / build_s / TIMES:.0%} of so many builds; dearest:"
    )
    _print_dearest(tmp_path / "large")
    assert gates_s < MOST_OF_BUILD * build_s * TIMES
    assert asked["memory_gb"] < MOST_MEMORY_GB


def _print_dearest(folder: Path) -> None:
    one_by_one = _in_own_process(ask_one_by_one, folder)
    for name in sorted(one_by_one, key=lambda name: -one_by_one[name])[:30]:
        print(f"  {one_by_one[name]:6.2f}  {name}")
