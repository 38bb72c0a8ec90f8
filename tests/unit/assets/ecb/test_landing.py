"""From the server to raw_ecb: what lands, what is left alone, and what a failure leaves."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from assets.ecb import client
from assets.ecb.assets import refresh
from assets.ecb.loading import create_raw_tables
from pipelines.progress import Progress
from pipelines.resources import Warehouse
from pipelines.settings import Home, Settings, default_parameters
from pipelines.warehouse import create_empty_tables
from tests.support.rate_server import Script, packed, serving

APRIL = "Date,USD,JPY,\n2026-04-02,1.0950,160.00,\n2026-04-01,1.0900,N/A,\n"
# The next day, and a correction of the first of April.
NEXT = (
    "Date,USD,JPY,\n2026-04-07,1.1010,161.50,\n2026-04-02,1.0950,160.00,\n2026-04-01,1.0800,N/A,\n"
)


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setattr(client._AGAIN, "backoff_factor", 0)
    settings = Settings(home=Home(tmp_path / "home"), parameters=default_parameters())
    opened = Warehouse(settings, Progress(io.StringIO()))
    with opened.connect() as connection:
        create_empty_tables(connection)
        create_raw_tables(connection)
    return opened


def said(warehouse: Warehouse) -> str:
    stream = warehouse.progress._stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def rows(warehouse: Warehouse, sql: str) -> list[tuple[object, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(sql).fetchall()


LANDED = "select load_id, rate_date, currency, units_per_eur from raw_ecb.fx_rates order by all"


def test_only_new_and_corrected_rates_land(warehouse: Warehouse) -> None:
    with serving(Script(packed(APRIL), knows_versions=False)) as server:
        assert refresh(warehouse, server.address, "run-1") == 3
        assert refresh(warehouse, server.address, "run-2") == 0
        server.content = packed(NEXT)
        assert refresh(warehouse, server.address, "run-3") == 3
    assert rows(warehouse, LANDED) == [
        (1, "2026-04-01", "USD", "1.0900"),
        (1, "2026-04-02", "JPY", "160.00"),
        (1, "2026-04-02", "USD", "1.0950"),
        (2, "2026-04-01", "USD", "1.0800"),
        (2, "2026-04-07", "JPY", "161.50"),
        (2, "2026-04-07", "USD", "1.1010"),
    ]
    loads = "select load_id, run_id, source, stream, file, rows_n from meta.load order by load_id"
    assert rows(warehouse, loads) == [
        (1, "run-1", "ecb", "fx_rates", "eurofxref-hist.zip", 3),
        (2, "run-3", "ecb", "fx_rates", "eurofxref-hist.zip", 3),
    ]
    assert "eurofxref-hist.zip: 3 rates, the newest of 2026-04-07" in said(warehouse)


def test_the_same_version_costs_one_question(warehouse: Warehouse) -> None:
    with serving(Script(packed(APRIL))) as server:
        refresh(warehouse, server.address, "run-1")
        assert refresh(warehouse, server.address, "run-2") == 0
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"<html>Down for maintenance</html>", []),
        (b"", []),
        (packed(APRIL)[:-9], []),
        (packed("Date,USD,\n2026-04-07,1101,\n2026-04-02,1.0950,\n"), []),
        (packed("Date,USD,\n2026-04-01,1.09,\n"), []),
        (packed(NEXT), [500] * 4),
        (packed(NEXT), [429] * 4),
    ],
    ids=["html", "empty", "truncated", "slipped point", "older than ours", "500", "429"],
)
def test_a_failure_leaves_the_rates_of_yesterday_and_says_how_old_they_are(
    warehouse: Warehouse, content: bytes, faults: list[int]
) -> None:
    with serving(Script(packed(APRIL), knows_versions=False)) as server:
        refresh(warehouse, server.address, "run-1")
        before = rows(warehouse, LANDED)
        server.content, server.faults = content, list(faults)
        assert refresh(warehouse, server.address, "run-2") is None
    assert len(before) == 3
    assert rows(warehouse, LANDED) == before
    assert "warning: ECB rates not renewed: " in said(warehouse)
    assert "the rates up to 2026-04-02 stay in use" in said(warehouse)


def test_a_first_failure_says_that_there_are_no_rates(warehouse: Warehouse) -> None:
    with serving(Script(b"")) as server:
        refresh(warehouse, server.address, "run-1")
    assert "there are no ECB rates" in said(warehouse)
