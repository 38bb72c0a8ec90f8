"""The warehouse against the truth of a simulated company, clean and messy.

Two seeds, so that it stays affordable; `MITTARISTO_SIMULATOR_SEEDS=20` asks for more.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from simulator.company import AS_OF
from simulator.compare import (
    differences,
    published_figures,
    published_totals,
    true_figures,
    without_truth,
)
from simulator.files import utc_text
from simulator.generate import simulate, write_company
from simulator.truth import truth_of
from tests.support.cli import run_cli

CUSTOMERS = 200
SEEDS = int(os.environ.get("MITTARISTO_SIMULATOR_SEEDS", "2"))
# Each seed once, messy and typed in turn: the figures must not care.
CASES = [
    (seed, seed % 2 == 0, "parquet" if seed % 3 == 0 else "csv") for seed in range(1, SEEDS + 1)
]


@pytest.mark.parametrize(("seed", "is_messy", "form"), CASES)
def test_published_figures_equal_the_truth(
    tmp_path: Path,
    seed: int,
    is_messy: bool,
    form: str,
    record_property: Callable[[str, object], None],
) -> None:
    inbox = write_company(tmp_path, CUSTOMERS, seed, is_messy, form)
    home = tmp_path / "home"
    done = run_cli(home, "--inbox", inbox, "--as-of", utc_text(AS_OF), "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr

    file = home / "published" / "current.duckdb"
    truth = truth_of(simulate(CUSTOMERS, seed), AS_OF)
    true = true_figures(truth.figures)
    published = published_figures(file)
    totals = true_figures(truth.mart_totals)
    summed = published_totals(file, totals)

    unknown = without_truth(true, published)
    record_property("metrics_without_a_truth", unknown)
    print("without a truth:", *unknown, sep="\n  ")
    assert len(true.keys() & published.keys()) > 20_000
    assert len(totals.keys() & summed.keys()) > 4_000
    report = [str(each) for each in differences(true, published) + differences(totals, summed)]
    assert not report, "\n".join(report)
    if is_messy:
        assert accounted(home / "warehouse.duckdb") == recorded(tmp_path / "truth")


def accounted(warehouse: Path) -> dict[str, tuple[int, ...]]:
    """Entity → rows in, current, superseded, quarantined, as the run accounts for them."""
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        rows = reader.execute(
            "select entity, rows_in, rows_current, rows_superseded, rows_quarantined "
            "from meta.row_account"
        ).fetchall()
    return {entity: tuple(counts) for entity, *counts in rows}


def recorded(truth: Path) -> dict[str, tuple[int, ...]]:
    """The same, as the simulator recorded its mess."""
    with (truth / "row_account.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return {entity: tuple(int(count) for count in counts) for entity, *counts in rows}
