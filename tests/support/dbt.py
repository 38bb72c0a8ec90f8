"""A warehouse per test, and dbt in this process with one parsed project per test session.

`warehouse` is a fixture (tests/conftest.py registers it). Parsing costs seconds, so the manifest is
kept for the session; seeds and empty tables are made once and copied.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from assets.ecb.loading import create_raw_tables as create_rate_tables
from assets.files.loading import create_raw_tables
from pipelines.contract import PROJECT_DIR
from pipelines.settings import Home, default_parameters
from pipelines.warehouse import connect, create_empty_tables

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)

_QUIET = ["--quiet", "--no-use-colors", "--log-level-file", "none", "--no-write-json"]


def invoke(
    home: Home,
    arguments: list[str],
    manifest: Manifest | None,
    callbacks: Sequence[Callable[[Any], None]] = (),
) -> Any:
    """Run a dbt command on a home. Raises AssertionError with every message of what failed."""
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["MITTARISTO_HOME"] = str(home.path)
    os.environ["MITTARISTO_WAREHOUSE"] = str(home.warehouse)
    from dbt.cli.main import dbtRunner

    folders = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    folders += ["--target-path", str(home.dbt_target)]
    outcome = dbtRunner(manifest=manifest, callbacks=list(callbacks)).invoke(
        [*arguments, *folders, *_QUIET]
    )
    results = getattr(outcome.result, "results", None) or []
    failures = [
        f"{result.node.name}: {result.message}"
        for result in results
        if result.status in ("error", "fail")
    ]
    assert outcome.success, "\n".join(failures) or repr(outcome.exception)
    return outcome.result


@cache
def manifest(home: Home) -> Manifest:
    """The project, parsed once a session."""
    parsed: Manifest = invoke(home, ["parse"], None)
    parsed.build_flat_graph()  # type: ignore[no-untyped-call]
    return parsed


class WarehouseUnderTest:
    """An own home with an open connection; dbt writes to the same file through it."""

    def __init__(
        self,
        home: Home,
        manifest: Manifest,
        connection: duckdb.DuckDBPyConnection,
        callbacks: Sequence[Callable[[Any], None]] = (),
    ):
        self.home = home
        self.connection = connection
        self._manifest = manifest
        self._callbacks = callbacks
        self.set_context()

    def set_context(
        self,
        as_of: datetime = AS_OF,
        previous_as_of: datetime | None = None,
        run_id: str = "run-1",
        is_full_build: bool = True,
    ) -> None:
        """The run that the models believe they are in."""
        self.connection.execute("delete from meta.run_context")
        self.connection.execute(
            "insert into meta.run_context values (?, ?, ?, ?)",
            [run_id, as_of, previous_as_of, is_full_build],
        )

    def query(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters or []).fetchall()

    def insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows by column name; columns that are not named are NULL."""
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            self.connection.execute(
                f"insert into {table} ({names}) values ({marks})", list(row.values())
            )

    def run_dbt(
        self,
        select: str | Iterable[str],
        full_refresh: bool = True,
        vars: Mapping[str, Any] | None = None,
        command: str = "run",
    ) -> Any:
        """Build (or, with command="test", test) the selected nodes.

        Raises AssertionError with the message of every node that failed.
        """
        selection = select.split() if isinstance(select, str) else list(select)
        parameters = default_parameters() | dict(vars or {})
        arguments = [command, "--select", *selection, "--vars", json.dumps(parameters)]
        if full_refresh and command in ("run", "build", "seed"):
            arguments.append("--full-refresh")
        if self._callbacks:
            # They are told of one node after the other, so that what a node costs can be measured.
            arguments += ["--threads", "1"]
        outcome = invoke(self.home, arguments, self._manifest, self._callbacks)
        assert getattr(outcome, "results", None), f"dbt knows none of {', '.join(selection)}"
        return outcome


@pytest.fixture(scope="session")
def warehouse_template(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the meta and empty canonical tables and the seeds, to be copied."""
    home = Home(tmp_path_factory.mktemp("template")).create()
    with connect(home) as connection:
        create_empty_tables(connection)
        create_raw_tables(connection)
        create_rate_tables(connection)
        invoke(home, ["seed"], manifest(home))
        connection.execute("checkpoint")
    return home


def copy_home(home: Home, folder: Path) -> Home:
    """The warehouse and its key in another folder, to be damaged there."""
    copy = Home(folder).create()
    for file in (home.warehouse, home.key_file):
        shutil.copy2(file, copy.path / file.name)
    return copy


@contextmanager
def open_copy(
    template: Home, home: Home, callbacks: Sequence[Callable[[Any], None]] = ()
) -> Iterator[WarehouseUnderTest]:
    """A warehouse in an own home, as a first run finds it before loading."""
    with connect(copy_home(template, home.path)) as connection:
        yield WarehouseUnderTest(home, manifest(template), connection, callbacks)


@pytest.fixture
def warehouse(tmp_path: Path, warehouse_template: Home) -> Iterator[WarehouseUnderTest]:
    """An empty warehouse of this test."""
    with open_copy(warehouse_template, Home(tmp_path / "home")) as opened:
        yield opened
