"""The warehouse against the truth of simulated companies: a messy one that is restated, and more.

`make soak` asks for more seeds, each messy, typed and restated in turn: the figures must not care.
MITTARISTO_SIMULATOR_SEEDS says how many.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import duckdb
import pytest

from simulator.company import AS_OF
from simulator.files import utc_text
from simulator.generate import Wanted, simulate, write_company
from simulator.restate import restate
from simulator.truth.agents import Minimums
from tests.support.cli import run_cli
from tests.support.truth import Report, compare

CUSTOMERS = 200
SEEDS = int(os.environ.get("MITTARISTO_SIMULATOR_SEEDS", "20"))
# A company of this size has no agent with 20 tickets a month, so that nothing would be compared.
SHOWN = Minimums(tickets=1, team=1)


def wanted(seed: int) -> Wanted:
    form = "parquet" if seed % 3 == 0 else "csv"
    return Wanted(CUSTOMERS, seed, seed % 2 == 0, form, is_restated=seed % 4 == 2)


def test_a_messy_company_that_is_restated_publishes_both_truths(
    tmp_path: Path, record_property: Report
) -> None:
    check(tmp_path, wanted(2), record_property)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_published_figures_equal_the_truth(
    tmp_path: Path, seed: int, record_property: Report
) -> None:
    check(tmp_path, wanted(seed), record_property)


def check(folder: Path, wanted: Wanted, report: Report) -> None:
    """Run what is delivered, and compare after each delivery."""
    inbox = write_company(folder, wanted)
    log = simulate(wanted.customers, wanted.seed)
    if wanted.is_restated:
        run(folder, inbox)
        compare(folder / "home", restate(log, wanted.seed).first, SHOWN, report)
        inbox = folder / "inbox-later"
    run(folder, inbox)
    compare(folder / "home", log, SHOWN, report)
    assert accounted(folder / "home" / "warehouse.duckdb") == recorded(folder / "truth")


def run(folder: Path, inbox: Path) -> None:
    sources = folder / "sources.toml"
    sources.write_text(
        f"[parameters]\nagent_min_tickets = {SHOWN.tickets}\nagent_min_team = {SHOWN.team}\n",
        encoding="utf-8",
    )
    done = run_cli(
        folder / "home", "--inbox", inbox, "--sources", sources, "--as-of", utc_text(AS_OF),
        "--quiet",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def accounted(warehouse: Path) -> dict[str, tuple[int, ...]]:
    """Entity → rows in, current, superseded, quarantined, as the last run accounts for them."""
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        rows = reader.execute(
            "select entity, rows_in, rows_current, rows_superseded, rows_quarantined "
            "from meta.row_account where run_id = "
            "(select run_id from meta.run order by started_at desc limit 1)"
        ).fetchall()
    return {entity: tuple(counts) for entity, *counts in rows}


def recorded(truth: Path) -> dict[str, tuple[int, ...]]:
    """The same, as the simulator recorded its mess."""
    with (truth / "row_account.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return {entity: tuple(int(count) for count in counts) for entity, *counts in rows}
