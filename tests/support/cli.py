"""Runs of the real command line, most in their own process, and what they left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
from typer.testing import CliRunner

from pipelines.cli import app

REPOSITORY = Path(__file__).resolve().parents[2]

# What names the run and its moment differs between two runs that publish the same figures.
RUN_COLUMNS = {"run_id", "built_run_id"}


def command(home: Path, *arguments: str | Path) -> list[str]:
    return [
        sys.executable, "-m", "pipelines.cli", "run", "--home", str(home),
        *[str(argument) for argument in arguments],
    ]  # fmt: skip


def run_cli(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`mittaristo run` to its end; stdout is the summary, stderr the progress."""
    return subprocess.run(
        command(home, *arguments),
        cwd=REPOSITORY,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def run_until(home: Path, line: str, *arguments: str | Path) -> None:
    """Start a run and kill -9 it as soon as its progress says `line`.

    Raises AssertionError when the run ends before it says so.
    """
    process = subprocess.Popen(
        command(home, *arguments), cwd=REPOSITORY, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = []
    for said_line in process.stderr:
        said.append(said_line)
        if line in said_line:
            process.kill()
            process.wait()
            return
    raise AssertionError(f"the run never said {line!r}:\n{''.join(said)}")


def share_key(home: Path, other: Path) -> None:
    """Give `other` the pseudonym key of `home`, so that both call an agent by the same name."""
    other.mkdir(parents=True, exist_ok=True)
    shutil.copy2(home / "pseudonym.key", other / "pseudonym.key")


def table_rows(file: Path, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table in a published file, ordered, without the columns that name the run."""
    with duckdb.connect(str(file.resolve()), read_only=True) as reader:
        columns = [
            f'"{name}"'
            for name, *_ in reader.execute(f"describe {table}").fetchall()
            if name not in RUN_COLUMNS
        ]
        return reader.execute(f"select {', '.join(columns)} from {table} order by all").fetchall()


def published_tables(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """schema.table → rows of everything that people read."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for folder, schema in (("published", "marts"), ("restricted", "restricted")):
        file = home / folder / "current.duckdb"
        with duckdb.connect(str(file.resolve()), read_only=True) as reader:
            tables = reader.execute(
                "select table_name from duckdb_tables() where schema_name = ?", [schema]
            ).fetchall()
        found |= {f"{schema}.{table}": table_rows(file, f"{schema}.{table}") for (table,) in tables}
    return found


def check_sources(sources: Path) -> tuple[int, list[str]]:
    """`mittaristo sources check` in this process: its exit code and its lines."""
    result = CliRunner().invoke(app, ["sources", "check", "--sources", str(sources)])
    return result.exit_code, result.output.splitlines()


def rows_n(home: Path, table: str) -> int:
    """How many rows of a table of the warehouse; `table` may end in a condition."""
    [(count,)] = query(home, f"select count(*) from {table}", "warehouse.duckdb")
    return int(count)


def query(home: Path, sql: str, file: str = "published/current.duckdb") -> list[tuple[Any, ...]]:
    """Rows of a query on a file of the home, opened as a reader would."""
    with duckdb.connect(str((home / file).resolve()), read_only=True) as reader:
        return reader.execute(sql).fetchall()
