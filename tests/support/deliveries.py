"""Inboxes of small contract files, and a database in memory to land them in."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assets.ecb.loading import create_raw_tables as create_rate_tables
from assets.files.discovery import discover
from assets.files.loading import LoadResult, create_raw_tables, load
from pipelines.warehouse import create_empty_tables

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def write(inbox: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by their path in the inbox; text as UTF-8, and packed where the name says .gz."""
    for name, content in files.items():
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return inbox


def empty_database() -> duckdb.DuckDBPyConnection:
    """The tables that exist before the first load, in memory."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    create_empty_tables(connection)
    create_raw_tables(connection)
    create_rate_tables(connection)
    return connection


def load_inbox(
    connection: duckdb.DuckDBPyConnection,
    inbox: Path,
    now: datetime = NOW,
    said: list[str] | None = None,
) -> list[LoadResult]:
    """Load what is new; what the user would be told goes to `said`."""
    on_progress = said.append if said is not None else lambda _: None
    return load(connection, discover(inbox), "run-1", now, on_progress)
