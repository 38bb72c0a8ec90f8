"""Every dbt test of the project, unit and data tests, on the demo company's full warehouse."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.cli import REPOSITORY


def run(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "MITTARISTO_HOME": str(home),
        "MITTARISTO_WAREHOUSE": str(home / "warehouse.duckdb"),
        "DO_NOT_TRACK": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def test_every_dbt_test_holds_on_the_demo_company(tmp_path: Path) -> None:
    home = tmp_path / "home"
    demo = run("pipelines.cli", "demo", "--by-hand", "--home", str(home), home=home)
    assert demo.returncode == 0, demo.stderr
    tested = run(
        "dbt.cli.main", "test", "--project-dir", ".", "--profiles-dir", ".", "--no-use-colors",
        "--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path), home=home,
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout[-8000:]
    counted = re.search(r"PASS=(\d+) WARN=0 ERROR=0 SKIP=0", tested.stdout)
    assert counted, tested.stdout[-2000:]
    assert int(counted[1]) > 100
