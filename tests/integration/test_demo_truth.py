"""The demo as `mittaristo demo` runs it: three servers, three connectors, one company.

Every published figure equals the truth of what the vendors can tell.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from pipelines import demo as demos
from simulator.generate import simulate
from simulator.truth.agents import Minimums
from simulator.vendors import ids_of, told, vendors_of
from tests.support.cli import REPOSITORY
from tests.support.truth import Report, compare


def test_three_vendors_are_one_company_and_the_next_run_finds_nothing_new(
    tmp_path: Path, record_property: Report
) -> None:
    first = run(tmp_path / "home")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Where to look:" in first.stdout
    log = told(simulate(demos.CUSTOMERS, demos.SEED))
    vendors = vendors_of(log)
    compare(tmp_path / "home", log, Minimums(), record_property, ids_of(vendors)["agent_id"])

    file = tmp_path / "home" / "published" / "current.duckdb"
    with duckdb.connect(str(file.resolve()), read_only=True) as reader:
        matched = reader.execute("select * from meta.identity_match order by source").fetchall()
    # Everybody is known to all three, and nobody is taken for another.
    assert [row[0] for row in matched] == ["hubspot", "stripe", "zendesk"]
    assert [(row[2], row[3]) for row in matched] == [(row[1], 0) for row in matched]

    second = run(tmp_path / "home")
    assert (second.returncode, "nothing new" in second.stdout) == (0, True), second.stderr
    assert "emitted no result" not in second.stderr
    for secret in vendors.credentials.values():
        assert secret not in first.stdout + first.stderr + second.stdout + second.stderr


def run(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "demo", "--home", str(home)],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
