"""The demo through its vendors' APIs: three servers, three connectors, one company."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from pipelines import demo as demos
from simulator.company import AS_OF
from simulator.compare import differences, published_figures, true_figures
from simulator.generate import simulate
from simulator.truth import truth_of
from simulator.vendors import vendors_of
from tests.support.cli import REPOSITORY

# What all that a vendor tells of today suffices for. Stripe does not tell what a subscription cost
# before it was first read, Zendesk not when a team was open years ago, nor what a call was about.
TOLD_WHOLLY = {
    "ces", "clearance_rate", "closed_loop_rate", "clv_historical_eur", "cost_per_resolution_eur",
    "earned_growth_rate", "growth_decomposition_eur", "mau", "mrr_past_due_eur", "nps",
    "nps_account_weighted", "occupancy", "one_touch_rate", "open_cases", "promoter_advocacy_rate",
    "referral_conversion_rate", "reopen_rate", "resolution_rate", "revenue_volatility",
    "scheduled_churn_mrr_eur", "ticket_backlog", "transfer_rate",
}  # fmt: skip


def test_three_vendors_are_one_company_and_the_next_run_finds_nothing_new(tmp_path: Path) -> None:
    first = run(tmp_path / "home")
    assert first.returncode == 0, first.stdout + first.stderr
    file = tmp_path / "home" / "published" / "current.duckdb"
    log = simulate(demos.CUSTOMERS, demos.SEED)
    with duckdb.connect(str(file.resolve()), read_only=True) as reader:
        matched = reader.execute("select * from meta.identity_match order by source").fetchall()
    # Everybody is known to all three, and nobody is taken for another.
    assert [row[0] for row in matched] == ["hubspot", "stripe", "zendesk"]
    assert [(row[2], row[3]) for row in matched] == [(row[1], 0) for row in matched]

    true = true_figures(truth_of(log, AS_OF).figures)
    published = published_figures(file)
    told = {key: value for key, value in true.items() if key[0] in TOLD_WHOLLY}
    shown = {key: value for key, value in published.items() if key[0] in TOLD_WHOLLY}
    assert {key[0] for key in told.keys() & shown.keys()} == TOLD_WHOLLY
    assert len(told.keys() & shown.keys()) > 3_000
    assert [str(each) for each in differences(told, shown)] == []

    second = run(tmp_path / "home")
    assert (second.returncode, "nothing new" in second.stdout) == (0, True), second.stderr
    for secret in vendors_of(log).credentials.values():
        assert secret not in first.stdout + first.stderr + second.stdout + second.stderr


def run(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "demo", "--by-api", "--home", str(home)],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
