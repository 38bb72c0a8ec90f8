"""The demo command: homes that never mix, files beside their truth, and no simulator elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import demo as demos
from pipelines.cli import app
from pipelines.settings import SettingsError
from tests.support.cli import REPOSITORY


def call(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["demo", *map(str, arguments)], env={"COLUMNS": "200"})
    return done.exit_code, done.output


def test_files_are_written_with_their_truth_and_the_command_that_runs_them(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    code, said = call("--files", folder, "--customers", 20, "--seed", 3, "--format", "parquet")
    assert code == 0
    as_of = (folder / "as_of.txt").read_text(encoding="utf-8").strip()
    assert f"--as-of {as_of} --inbox {folder / 'inbox'}" in said
    assert (folder / "inbox" / "customers.parquet").exists()
    truth = (folder / "truth" / "metric_value.csv").read_text(encoding="utf-8")
    assert "\nmrr_eur,value,month,2026-06-01,all,all," in truth


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "invoices.csv").write_text("mine", encoding="utf-8")
    code, said = call("--files", tmp_path)
    assert code == 1
    assert "not empty" in said
    assert [path.name for path in tmp_path.iterdir()] == ["invoices.csv"]


def test_options_of_files_are_refused_without_it(tmp_path: Path) -> None:
    code, said = call("--home", tmp_path / "home", "--customers", 5)
    assert code == 1
    assert "--files" in said
    assert not (tmp_path / "home").exists()


def test_a_home_with_data_of_its_own_is_refused(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").touch()
    with pytest.raises(SettingsError, match="data of its own"):
        demos.run_simulated(tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.duckdb"]


def test_the_two_demo_companies_do_not_share_a_home(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").touch()
    (tmp_path / "demo.txt").write_text("simulated, by API\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="the company simulated, by API"):
        demos.run_by_hand(tmp_path, None)


def test_nothing_but_a_demo_loads_the_simulator() -> None:
    modules = "pipelines.cli, pipelines.demo, pipelines.definitions"
    check = f"import sys, {modules}; sys.exit(any(m.startswith('simulator') for m in sys.modules))"
    subprocess.run([sys.executable, "-c", check], cwd=REPOSITORY, check=True)
