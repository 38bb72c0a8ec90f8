"""Publishing: what passed every gate becomes the files that readers open.

Everything is written beside what is current, read back, and only then swapped in by replacing one
symlink, so a reader finds the old version or the new one, and a kill leaves the old one. What is
not here: which files there are (published.py) and whether they may be seen (the gates).
"""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as it stands.

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb

from assets import ledger
from assets.dbt_models import WRITER_POOL
from assets.expectation_checks import CHECK, CheckError, check_result
from assets.expectations.outcomes import ExpectationOutcome, findings_in_words
from assets.published import CURRENT, is_published
from assets.published_gate import (
    BUILT,
    BUILT_RESTRICTED,
    PublishedGateError,
    check_files,
    note_in_file,
)
from pipelines.plan import Plan, ensure_run
from pipelines.resources import Warehouse
from pipelines.settings import Home

KEY = dg.AssetKey(["published", "current"])
KEPT_VERSIONS = 3
# DuckDB 1.5 and the BI tools that embed it cannot read the default format of 2.0.
STORAGE_VERSION = "v1.2.0"
META_TABLES = (
    "run", "source_freshness", "expectation_result", "override", "metric", "row_account", "drift",
    "published_table", "identity_link", "identity_match", "restatement", "ledger", "contradiction",
)  # fmt: skip


class PublishError(RuntimeError):
    """The written file does not read back as it was written; nothing was swapped in."""


@dataclass(frozen=True)
class Published:
    """What one run put in place."""

    version: str
    file: Path
    tables: dict[str, int]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _point(link: Path, target: str) -> None:
    """Make `link` a symlink to its sibling `target`, without a moment in which it is missing."""
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)
    _sync(link.parent)


def _tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = ? order by table_name",
        [schema],
    ).fetchall()
    return [table for (table,) in rows]


def _write(
    connection: duckdb.DuckDBPyConnection, file: Path, tables: Sequence[str], run_id: str
) -> dict[str, int]:
    """Copy `schema.table`s into a new database file; returns the rows of each."""
    file.unlink(missing_ok=True)
    rows: dict[str, int] = {}
    connection.execute(f"attach '{file}' as building (storage_version '{STORAGE_VERSION}')")
    try:
        for table in tables:
            schema = table.split(".")[0]
            connection.execute(f"create schema if not exists building.{schema}")
            connection.execute(f"create table building.{table} as from {table}")
            counted = connection.execute(f"select count(*) from building.{table}").fetchone()
            rows[table] = counted[0] if counted else 0
        if "meta.run" in rows:
            connection.execute(
                "update building.meta.run set status = 'published', finished_at = ?, "
                "published_file = ? where run_id = ?",
                [datetime.now(UTC), file.name.removeprefix(".building-"), run_id],
            )
        connection.execute("checkpoint building")
    finally:
        connection.execute("detach building")
    return rows


def _read_back(file: Path, rows: dict[str, int]) -> None:
    """Open the file as a reader would and count again. Raises PublishError."""
    with duckdb.connect(str(file), read_only=True) as reader:
        for table, written in rows.items():
            counted = reader.execute(f"select count(*) from {table}").fetchone()
            if not counted or counted[0] != written:
                raise PublishError(
                    f"{file.name}: {table} reads back {counted} rows, {written} were written; "
                    "what was published before stays. Check the disk and run again"
                )


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, folder: Path, tables: Sequence[str]
) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for table in tables:
        file = folder / f"{table}.parquet"
        connection.execute(f"copy (from {table}) to '{file}' (format parquet, compression zstd)")
        _sync(file)
    _sync(folder)


def _prune(folder: Path, pattern: str) -> None:
    versions = sorted(folder.glob(pattern))
    for old in versions[:-KEPT_VERSIONS]:
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()


def _clear_unfinished(folder: Path) -> None:
    """What a killed run left half-written."""
    for left in folder.glob(".building-*"):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _note_freshness(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    connection.execute("delete from meta.source_freshness where run_id = ?", [run_id])
    connection.execute(
        "insert into meta.source_freshness "
        "select ?, source, stream, max(loaded_at), sum(rows_n)::bigint from meta.load "
        "group by source, stream",
        [run_id],
    )


def _note_published_tables(
    connection: duckdb.DuckDBPyConnection, run_id: str, tables: Sequence[str]
) -> None:
    connection.execute("delete from meta.published_table")
    for table in tables:
        connection.execute(
            f"insert into meta.published_table select ?, ?, count(*) from {table}", [run_id, table]
        )


def _note_contradictions(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Those that stand at as_of; what was settled since the previous run is gone."""
    connection.execute("delete from meta.contradiction")
    connection.execute(
        "insert into meta.contradiction select ?, kind, customer_id, left_system, left_says, "
        "left_at, right_system, right_says, right_at from core.contradiction",
        [run_id],
    )


def publish(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    run_id: str,
    now: datetime,
    check: Callable[[Mapping[str, Path]], None],
) -> Published:
    """Write, read back, check and swap in the two files and the Parquet copies.

    `check` raises to stop it. Raises PublishError; whatever happens, a readable `current.duckdb`
    stays.
    """
    version = f"{now:%Y%m%dT%H%M%S%f}Z-{run_id[:8]}"
    marts = [f"marts.{table}" for table in _tables(connection, "marts")]
    restricted = [f"restricted.{table}" for table in _tables(connection, "restricted")]
    meta = [f"meta.{table}" for table in _tables(connection, "meta") if table in META_TABLES]
    _note_freshness(connection, run_id)
    _note_published_tables(connection, run_id, marts)

    published_file = home.published / f"mittaristo-{version}.duckdb"
    restricted_file = home.restricted / f"restricted-{version}.duckdb"
    parquet_folder = home.published / f"parquet-{version}"
    for folder in (home.published, home.restricted):
        _clear_unfinished(folder)
    rows: dict[str, int] = {}
    building: dict[str, Path] = {}
    for name, final, tables in (
        (BUILT, published_file, [*marts, *meta]),
        (BUILT_RESTRICTED, restricted_file, restricted),
    ):
        building[name] = final.with_name(f".building-{final.name}")
        written = _write(connection, building[name], tables, run_id)
        if final is restricted_file:
            building[name].chmod(0o600)
        _read_back(building[name], written)
        rows |= written
    check(building)
    for file, final in zip(building.values(), (published_file, restricted_file), strict=True):
        _sync(file)
        file.replace(final)
    building_folder = parquet_folder.with_name(f".building-{parquet_folder.name}")
    _write_parquet(connection, building_folder, marts)
    building_folder.replace(parquet_folder)

    _point(home.restricted / CURRENT, restricted_file.name)
    _point(home.published / "parquet", parquet_folder.name)
    _point(home.published / CURRENT, published_file.name)

    _prune(home.published, "mittaristo-*.duckdb")
    _prune(home.published, "parquet-*")
    _prune(home.restricted, "restricted-*.duckdb")
    return Published(version, published_file, rows)


def refuse(outcomes: Sequence[ExpectationOutcome]) -> None:
    """Raises PublishedGateError for what blocks, CheckError for what nobody knows."""
    if errors := [outcome for outcome in outcomes if outcome.outcome == "error"]:
        raise CheckError("\n".join(f"{o.address}: {o.finding.error}" for o in errors))
    if blocking := [outcome.address for outcome in outcomes if outcome.blocks]:
        raise PublishedGateError(
            f"the written file is not what passed the gates: {', '.join(blocking)}; "
            "what was published before stays"
        )


def _close_run(
    connection: duckdb.DuckDBPyConnection, plan: Plan, published: Published, now: datetime
) -> None:
    connection.execute("begin")
    ledger.remember(connection, plan.run_id, plan.as_of)
    for table in ("load", "released_row"):
        connection.execute(
            f"update meta.{table} set built_run_id = ? where built_run_id is null", [plan.run_id]
        )
    connection.execute(
        "update meta.run set status = 'published', finished_at = ?, published_file = ? "
        "where run_id = ?",
        [now, published.file.name, plan.run_id],
    )
    connection.execute("commit")
    connection.execute("checkpoint")


def published_asset(upstream: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that stands for the published files; everything it copies is upstream."""

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                key=KEY,
                deps=list(upstream),
                group_name="publish",
                description=(
                    "The validated files that BI tools open: published/current.duckdb, Parquet "
                    "beside it, and restricted/current.duckdb."
                ),
                owners=["customer-experience@example.com"],
                kinds={"duckdb", "parquet"},
                skippable=True,
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=KEY,
                blocking=True,
                description="What the suites of expectations/published/ expect of the files.",
                metadata={"suite": "expectations/published"},
            )
        ],
        pool=WRITER_POOL,
    )
    def publish_files(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        home = warehouse.home
        outcomes: list[ExpectationOutcome] = []

        def check(files: Mapping[str, Path]) -> None:
            outcomes.extend(
                check_files(connection, files, plan.run_id, warehouse.settings.allowed_failures)
            )
            for line in findings_in_words(outcomes):
                warehouse.progress.say(line)
            refuse(outcomes)
            note_in_file(connection, files[BUILT], plan.run_id)

        with warehouse.connect() as connection, warehouse.progress.step("publish"):
            plan = ensure_run(connection, warehouse.settings, context.run_id, is_published(home))
            now = datetime.now(UTC)
            parameters = warehouse.settings.parameters
            restated_n = ledger.note_changes(
                connection,
                plan.run_id,
                plan.as_of,
                now,
                warehouse.settings.reporting_tz,
                parameters["freeze_working_day"],
            )
            if restated_n:
                warehouse.progress.say(
                    f"{restated_n:,} published figures of past months are others now; "
                    "they are in meta.restatement"
                )
            _note_contradictions(connection, plan.run_id)
            try:
                published = publish(connection, home, plan.run_id, now, check)
            finally:
                if outcomes:
                    yield check_result(KEY, outcomes, "expectations/published")
            _close_run(connection, plan, published, now)
        yield dg.MaterializeResult(
            metadata={
                "version": published.version,
                "as_of": plan.as_of.isoformat(),
                "tables": len(published.tables),
                "rows": sum(published.tables.values()),
            }
        )

    return publish_files
