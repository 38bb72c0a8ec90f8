"""Lands the files of an inbox: each file once, whole, and in one transaction with its record.

What belongs here: which files are new, transactions, and what meta knows about a load. What does
not: how a format is read (csv_rows.py, json_rows.py, parquet_rows.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb

from assets.files import csv_rows, json_rows, parquet_rows
from assets.files.discovery import Deliveries, Delivery, Format
from assets.files.raw_table import UNPARSED_LINE_COLUMNS, Landed, Landing, column_list
from assets.files.reading import DeliveryError, check_not_empty, content_hash
from pipelines.contract import contract
from pipelines.loads import Stream, next_load_id, record_load

SOURCE = "files"


@dataclass(frozen=True)
class LoadResult:
    """What became of one file; `load_id` is None for a file that was loaded before."""

    entity: str
    file: str
    load_id: int | None
    rows_n: int
    unparsed_n: int
    new_columns: tuple[str, ...]
    gone_columns: tuple[str, ...]


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The table of lines that could not be parsed; an entity's own table comes with its data."""
    connection.execute("create schema if not exists raw_files")
    connection.execute(
        f"create table if not exists raw_files.unparsed_line ({column_list(UNPARSED_LINE_COLUMNS)})"
    )


def load(
    connection: duckdb.DuckDBPyConnection,
    deliveries: Deliveries,
    run_id: str,
    now: datetime,
    on_progress: Callable[[str], None] = lambda _: None,
) -> list[LoadResult]:
    """Load every file that is new, in order of name; `on_progress` hears a line per file.

    Raises DeliveryError with the problems of all files that cannot be loaded, after the others have
    been: they need not be read again.
    """
    for warning in deliveries.warnings:
        on_progress(f"warning: {warning}")
    results: list[LoadResult] = []
    problems: list[str] = []
    for delivery in deliveries.files:
        try:
            result = _load_file(connection, delivery, run_id, now)
        except DeliveryError as error:
            problems.extend(error.problems)
            continue
        results.append(result)
        for line in _said(result):
            on_progress(line)
    if problems:
        raise DeliveryError(*problems)
    return results


def has_news(connection: duckdb.DuckDBPyConnection, deliveries: Deliveries) -> bool:
    """Whether a file may hold what has not landed; a path that never was read is not opened."""
    rows = connection.execute(
        "select distinct file from meta.load where source = ?", [SOURCE]
    ).fetchall()
    known = {file for (file,) in rows}
    return any(delivery.file not in known for delivery in deliveries.files) or any(
        not _is_loaded(connection, delivery, content_hash(delivery))
        for delivery in deliveries.files
    )


def _said(result: LoadResult) -> Iterator[str]:
    if result.load_id is None:
        return
    yield f"{result.file}: {result.rows_n:,} rows"
    if result.unparsed_n:
        yield (
            f"warning: {result.file}: {result.unparsed_n:,} lines could not be parsed; they are in "
            f"quarantine.{result.entity}"
        )
    for column in result.new_columns:
        yield f"warning: {result.file}: column {column} is not in the contract; it is kept in raw"
    for column in result.gone_columns:
        yield f"warning: {result.file}: column {column} was in the previous file and is gone"


def _load_file(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, run_id: str, now: datetime
) -> LoadResult:
    check_not_empty(delivery)
    digest = content_hash(delivery)
    if _is_loaded(connection, delivery, digest):
        return LoadResult(delivery.entity, delivery.file, None, 0, 0, (), ())
    try:
        return _load_new_file(connection, delivery, digest, run_id, now, _land)
    except csv_rows.UnevenLineEndsError:
        return _load_new_file(
            connection, delivery, digest, run_id, now, csv_rows.land_with_even_line_ends
        )


def _is_loaded(connection: duckdb.DuckDBPyConnection, delivery: Delivery, digest: str) -> bool:
    """Whether this content is what its path delivered last, or came under another path before."""
    row = connection.execute(
        """
        select
            max_by(content_hash, load_id) filter (file = $file) = $hash,
            count(*) filter (file = $file) = 0 and count(*) filter (content_hash = $hash) > 0
        from meta.load
        where source = $source and stream = $entity
        """,
        {"file": delivery.file, "hash": digest, "source": SOURCE, "entity": delivery.entity},
    ).fetchone()
    return row is not None and any(row)


def _load_new_file(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    digest: str,
    run_id: str,
    now: datetime,
    land: Callable[[duckdb.DuckDBPyConnection, Landing], Landed],
) -> LoadResult:
    with _transaction(connection):
        landing = Landing(delivery, digest, load_id=next_load_id(connection), loaded_at=now)
        before = _types(connection, delivery.entity)
        landed = land(connection, landing)
        new, gone = _drift(connection, delivery.entity, landed)
        retyped = _retyped(before, _types(connection, delivery.entity))
        _record(connection, landing, landed, run_id)
        changes = {"new": new, "gone": gone, "retyped": retyped}
        for column, change in [(c, change) for change, columns in changes.items() for c in columns]:
            connection.execute(
                "insert into meta.drift values (?, ?, ?, ?, ?, ?, ?)",
                [run_id, SOURCE, delivery.entity, delivery.file, column, change, now],
            )
    return LoadResult(
        delivery.entity,
        delivery.file,
        landing.load_id,
        landed.rows_n,
        landed.unparsed_n,
        new_columns=new,
        gone_columns=gone,
    )


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _land(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Landed:
    match landing.delivery.format:
        case Format.CSV:
            return csv_rows.land(connection, landing)
        case Format.JSON:
            return json_rows.land(connection, landing)
        case Format.PARQUET:
            return parquet_rows.land(connection, landing)


def _drift(
    connection: duckdb.DuckDBPyConnection, entity: str, landed: Landed
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Unknown columns the previous load had not, and optional ones that only it had."""
    known = {column.name for column in contract()[entity].columns}
    rows = connection.execute(
        "select column_name from meta.load_column where load_id = "
        "(select max(load_id) from meta.load where source = ? and stream = ?)",
        [SOURCE, entity],
    ).fetchall()
    before = {name for (name,) in rows}
    new = tuple(name for name in landed.names if name not in known | before)
    gone = tuple(sorted((before & known) - set(landed.names)))
    return new, gone


def _types(connection: duckdb.DuckDBPyConnection, entity: str) -> dict[str, str]:
    """Column → type of the raw table, as far as rows have landed in it."""
    table = f"raw_files.{entity}"
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where schema_name = 'raw_files' and table_name = ?",
        [entity],
    ).fetchall()
    if not columns or not connection.execute(f"select 1 from {table} limit 1").fetchone():
        return {}
    return dict(columns)


def _retyped(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    """The columns that this file delivered with another type than those before it."""
    return tuple(name for name, data_type in before.items() if after.get(name) != data_type)


def _record(
    connection: duckdb.DuckDBPyConnection, landing: Landing, landed: Landed, run_id: str
) -> None:
    delivery = landing.delivery
    record_load(
        connection,
        landing.load_id,
        run_id,
        Stream(SOURCE, delivery.entity),
        delivery.file,
        landing.content_hash,
        landed.rows_n,
        landing.loaded_at,
        landed.unparsed_n,
    )
    connection.execute(
        "insert into meta.load_column select ?, unnest(cast(? as varchar[]))",
        [landing.load_id, list(landed.names)],
    )
