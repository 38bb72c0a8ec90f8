"""The warehouse against the truth of simulated companies: the demo, a messy one, a restated one.

`make soak` asks for more seeds, each messy, typed and restated in turn: the figures must not care.
MITTARISTO_SIMULATOR_SEEDS says how many.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines import demo as demos
from simulator.almanac import month_of
from simulator.company import AS_OF
from simulator.compare import (
    differences,
    published_copies,
    published_figures,
    published_totals,
    true_figures,
    without_truth,
)
from simulator.files import utc_text
from simulator.generate import Wanted, simulate, write_company
from simulator.log import Log
from simulator.restate import restate
from simulator.truth import truth_of
from simulator.truth.agents import AgentRow, Minimums, agent_rows
from tests.support.cli import REPOSITORY, run_cli

CUSTOMERS = 200
SEEDS = int(os.environ.get("MITTARISTO_SIMULATOR_SEEDS", "20"))
# A company of this size has no agent with 20 tickets a month, so that nothing would be compared.
SHOWN = Minimums(tickets=1, team=1)
# Every figure of the metrics that these marts hold has its truth, by every dimension.
KNOWN_WHOLLY = (
    "fct_backlog_day", "marts.cx_score", "marts.service_kpi", "marts.survey_quality",
    "marts.unit_benchmark",
)  # fmt: skip
Report = Callable[[str, object], None]


def wanted(seed: int) -> Wanted:
    form = "parquet" if seed % 3 == 0 else "csv"
    return Wanted(CUSTOMERS, seed, seed % 2 == 0, form, is_restated=seed % 4 == 2)


def test_the_demo_publishes_the_truth_and_finds_nothing_new_the_second_time(
    tmp_path: Path, record_property: Report
) -> None:
    for said in ("Where to look:", "nothing new"):
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", "demo", "--home", str(tmp_path / "home")],
            cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert said in done.stdout
    log = simulate(demos.CUSTOMERS, demos.SEED)
    compare(tmp_path / "home", log, Minimums(), record_property)


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


def compare(home: Path, log: Log, minimums: Minimums, report: Report) -> None:
    """Every metric, every mart's totals and every agent's cell against the truth of a log."""
    file = home / "published" / "current.duckdb"
    truth = truth_of(log, AS_OF)
    true, totals = true_figures(truth.figures), true_figures(truth.mart_totals)
    published, summed = published_figures(file), published_totals(file, totals)

    unknown = without_truth(true, published)
    report("metrics_without_a_truth", unknown)
    print("without a truth:", *unknown, sep="\n  ")
    # Of service and of what customers say every figure is known.
    assert not [name for name in unknown if name.split()[0] in metrics_of(KNOWN_WHOLLY)]
    assert len(true.keys() & published.keys()) > 60_000
    assert len(totals.keys() & summed.keys()) > 5_000
    found = [str(each) for each in differences(true, published) + differences(totals, summed)]
    copies = published_copies(file)
    told = true | totals
    known = {key: value for key, value in copies.items() if key in told}
    assert len(known) > 1_000
    found += [str(each) for each in differences({key: told[key] for key in known}, known)]
    found += agent_differences(home, list(agent_rows(log, AS_OF, minimums)))
    assert not found, "\n".join(found)


def metrics_of(marts: tuple[str, ...]) -> set[str]:
    """The metrics that the catalogue says these marts hold."""
    with (REPOSITORY / "seeds" / "metric_catalogue.csv").open(encoding="utf-8") as file:
        found = {row["id"] for row in csv.DictReader(file) if row["mart"].startswith(marts)}
    assert len(found) > 50
    return found


def agent_differences(home: Path, rows: list[AgentRow]) -> list[str]:
    """Cells of restricted.agent_kpi that are missing, too many or other than the truth."""
    key = bytes.fromhex((home / "pseudonym.key").read_text(encoding="ascii"))

    def pseudonym(agent_id: str) -> str:
        return hmac.new(key, agent_id.encode(), hashlib.sha256).hexdigest()

    file = home / "restricted" / "current.duckdb"
    with duckdb.connect(str(file.resolve()), read_only=True) as reader:
        cursor = reader.execute("select * from restricted.agent_kpi")
        names = [name for name, *_ in cursor.description or []]
        cells = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    published = {
        (month_of(cell["month"].year, cell["month"].month), cell["agent_key"], cell["team"],
         cell["channel"]): cell
        for cell in cells
    }  # fmt: skip
    true = {(row.month, pseudonym(row.agent_id), row.team, row.channel): row for row in rows}
    assert len(true) > 300
    found = [f"agent cell {place} is in one only" for place in published.keys() ^ true.keys()]
    measures = {name for row in rows for name in row.values}
    assert measures <= set(names)
    for place in published.keys() & true.keys():
        cell, row = published[place], true[place]
        if cell["status"] != row.status:
            found.append(f"{place} status: true {row.status}, published {cell['status']}")
        found += [
            f"{place} {name}: true {row.values.get(name)}, published {cell[name]}"
            for name in measures
            if not _same(cell[name], row.values.get(name))
        ]
    return found


def _same(published: Decimal | int | None, true: Decimal | None) -> bool:
    if published is None or true is None:
        return published is None and true is None
    return abs(Decimal(published) - true) <= Decimal("0.000001")


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
