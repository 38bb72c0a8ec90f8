"""The pages of what was checked: the latest outcome, what was observed before, nothing stale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from assets.data_docs import write_docs
from pipelines.warehouse import create_empty_tables

NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    create_empty_tables(connection)
    return connection


def check(
    connection: duckdb.DuckDBPyConnection, run: int, table: str, outcome: str, observed: str
) -> None:
    connection.execute(
        "insert into meta.expectation_result values (?, 'core', ?, 'rows_to_be_many', null, "
        "'warn', ?, ?, 'more', 3, 'Every <figure>.', 'data', null, ?)",
        [f"run-{run}", table, outcome, observed, NOW + timedelta(days=run)],
    )


def test_a_page_shows_the_latest_outcome_and_those_before(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for run, (outcome, observed) in enumerate(
        (("passed", "771"), ("passed", "772"), ("failed", "3"))
    ):
        check(connection, run, "core.fct_ticket", outcome, observed)
    assert write_docs(connection, tmp_path, "run-2") == 1
    page = (tmp_path / "core" / "fct_ticket.html").read_text(encoding="utf-8")
    assert page.index("warned") < page.index(">3<") < page.index("772") < page.index("771")
    assert "Every &lt;figure&gt;." in page
    assert "run run-2" in page
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<a href="core/fct_ticket.html">core.fct_ticket</a>' in index
    # Among all tables, in its gate's, and before these by itself.
    assert index.count('class="warned"') == 3
    assert (
        index.index("Not as expected") < index.index("rows_to_be_many") < index.index("Gate core")
    )


def test_only_what_a_run_validated_is_written_anew(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    check(connection, 0, "core.a", "passed", "1")
    check(connection, 0, "core.b", "passed", "1")
    assert write_docs(connection, tmp_path, "run-0") == 2
    before = (tmp_path / "core" / "a.html").stat().st_mtime_ns
    check(connection, 1, "core.b", "passed", "2")
    assert write_docs(connection, tmp_path, "run-1") == 1
    assert (tmp_path / "core" / "a.html").stat().st_mtime_ns == before
    assert "2026-04-02" in (tmp_path / "index.html").read_text(encoding="utf-8")
    (tmp_path / "core" / "a.html").unlink()
    assert write_docs(connection, tmp_path, "run-9") == 1
    assert not list(tmp_path.rglob("*.new"))


def test_nothing_is_fetched_from_anywhere(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    check(connection, 0, "core.a", "passed", "1")
    write_docs(connection, tmp_path, "run-0")
    pages = [page.read_text(encoding="utf-8") for page in tmp_path.rglob("*.html")]
    assert len(pages) == 2
    assert [page for page in pages if "://" in page or "<script" in page] == []
