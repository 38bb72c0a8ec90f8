"""Publishing: always a readable current file, the last three kept, nothing half-written."""

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from assets import publish as publishing
from assets.publish import PublishError, publish
from assets.published import current_file, is_published
from pipelines.settings import Home
from pipelines.warehouse import connect, create_empty_tables

NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


@pytest.fixture
def connection(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(home) as opened:
        create_empty_tables(opened)
        opened.execute("create table marts.churn_value as select 1 as generation, 10.5 as eur")
        opened.execute("create table restricted.agent_kpi as select 'abc' as agent_key")
        opened.execute(
            "insert into meta.load values "
            "(1, 'r', 'files', 'customers', 'customers.csv', 'h', 2, 0, ?, null)",
            [NOW],
        )
        yield opened


def unchecked(_: Mapping[str, Path]) -> None:
    """Files of these tests hold what no suite knows; test_published_gate.py is about checking."""


def test_readers_find_marts_and_meta_but_nothing_restricted(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> None:
    published = publish(connection, home, "run-0001", NOW, unchecked)
    assert is_published(home)
    with duckdb.connect(str(current_file(home)), read_only=True) as reader:
        tables = {
            f"{schema}.{table}"
            for schema, table in reader.execute(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall()
        }
        assert reader.execute("select eur from marts.churn_value").fetchall() == [(10.5,)]
        assert reader.execute("select table_name, rows_n from meta.published_table").fetchall() == [
            ("marts.churn_value", 1)
        ]
    assert "meta.row_account" in tables
    assert not [table for table in tables if table.startswith(("restricted.", "canonical."))]
    assert published.tables["marts.churn_value"] == 1
    restricted = home.restricted / "current.duckdb"
    assert restricted.stat().st_mode & 0o777 == 0o600
    with duckdb.connect(str(restricted), read_only=True) as reader:
        assert reader.execute("from restricted.agent_kpi").fetchall() == [("abc",)]
    parquet = home.published / "parquet" / "marts.churn_value.parquet"
    assert duckdb.sql(f"select eur from '{parquet}'").fetchall() == [(10.5,)]
    assert not list(home.published.glob("*.wal"))


def test_older_duckdb_can_read_the_file(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    publish(connection, home, "run-0001", NOW, unchecked)
    with duckdb.connect(str(current_file(home)), read_only=True) as reader:
        row = reader.execute("select tags from duckdb_databases() where not internal").fetchone()
    assert row is not None
    assert "v1.2.0" in str(row[0])


def test_the_last_three_versions_are_kept(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> None:
    for day in range(5):
        publish(connection, home, f"run-{day:04}", NOW + timedelta(days=day), unchecked)
    for pattern in ("mittaristo-*.duckdb", "parquet-*"):
        kept = sorted(home.published.glob(pattern))
        assert len(kept) == 3
        assert "run-0004" in kept[-1].name
    newest = sorted(home.published.glob("mittaristo-*"))[-1]
    assert current_file(home).readlink() == Path(newest.name)


def test_a_reader_never_misses_the_current_file(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> None:
    publish(connection, home, "run-0000", NOW, unchecked)
    stop, seen, failures = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                # a copy, because one process shares one open instance per file
                data = current_file(home).read_bytes()
                seen.add(len(data) > 0)
            except OSError as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for generation in range(1, 8):
        connection.execute("update marts.churn_value set generation = ?", [generation])
        publish(
            connection, home, f"run-{generation:04}", NOW + timedelta(hours=generation), unchecked
        )
    stop.set()
    reader.join()
    assert failures == []
    assert seen == {True}


def test_what_does_not_read_back_is_not_swapped_in(
    connection: duckdb.DuckDBPyConnection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(connection, home, "run-0000", NOW, unchecked)
    before = current_file(home).readlink()
    write = publishing._write

    def lossy(*arguments: object) -> dict[str, int]:
        rows = write(*arguments)  # type: ignore[arg-type]
        return {table: n + 1 for table, n in rows.items()}

    monkeypatch.setattr(publishing, "_write", lossy)
    with pytest.raises(PublishError, match="stays"):
        publish(connection, home, "run-0001", NOW + timedelta(days=1), unchecked)
    assert current_file(home).readlink() == before


def test_leftovers_of_a_killed_run_are_cleared(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> None:
    (home.published / ".building-mittaristo-x.duckdb").write_bytes(b"half")
    (home.published / ".building-parquet-x").mkdir()
    publish(connection, home, "run-0000", NOW, unchecked)
    assert not list(home.published.glob(".building-*"))
