"""What README.md promises about seconds, measured on the machine at hand.

Wall-clock seconds of whole processes, as a person at the command line waits for them; the best of
three where a run can be repeated, because other work on the machine only ever adds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.cli import REPOSITORY

pytestmark = pytest.mark.bench

REPETITIONS = 3


def _seconds(*arguments: str | Path) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=REPOSITORY, check=True, capture_output=True
    )
    return time.perf_counter() - started


def _best(*arguments: str | Path) -> float:
    return min(_seconds(*arguments) for _ in range(REPETITIONS))


def _report(what: str, seconds: float, limit: float) -> None:
    print(f"\n{what}: {seconds:.1f} s (limit {limit:g} s)")
    assert seconds <= limit


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


def test_a_cold_demo_and_the_same_again(home: Path) -> None:
    demo = ("-m", "pipelines.cli", "demo", "--home", home)
    _report("cold demo", _seconds(*demo), 120)
    _report("the same again, nothing new", _best(*demo), 10)


def test_doctor_answers_at_once(home: Path) -> None:
    _report("doctor", _best("-m", "pipelines.cli", "doctor", "--home", home), 3)


def test_explain_answers_at_once(home: Path) -> None:
    _report("explain", _best("-m", "pipelines.cli", "explain", "mrr_eur", "--home", home), 3)


def test_the_code_location_adds_little_to_its_imports() -> None:
    imports = _best("-c", "import dagster, dagster_dbt")
    load = "from pipelines.definitions import build_defs; build_defs()"
    location = _best("-c", f"import dagster, dagster_dbt; {load}")
    _report(f"code location, beyond {imports:.1f} s of imports", location - imports, 1)
