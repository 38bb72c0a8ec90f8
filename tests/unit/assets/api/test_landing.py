"""Raw keeps each version once, together with the cursor that covers it, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from assets.api.landing import Chunk, Landing
from assets.api.paging import Record
from pipelines.warehouse import create_empty_tables
from tests.support.clock import FakeClock


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_empty_tables(connection)
        yield connection


@pytest.fixture
def landing(warehouse: duckdb.DuckDBPyConnection) -> Landing:
    landing = Landing(warehouse, "shop", "run-1", FakeClock())
    landing.create_tables(["things"])
    return landing


def chunk(*records: Record, cursor: str = "c1") -> Chunk:
    return Chunk({"things": list(records)}, {"things": cursor})


def thing(id_: str, **fields: Any) -> Record:
    return Record(id_, {"id": id_, **fields}, "17")


def rows(warehouse: duckdb.DuckDBPyConnection, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        f"select {columns} from raw_shop.things order by load_id, row_no"
    ).fetchall()


def test_a_version_lands_once(warehouse: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    assert landing.land(chunk(thing("a", n=1), thing("b", n=1))) == 2
    assert landing.land(chunk(thing("a", n=1), thing("b", n=2))) == 1
    assert landing.land(chunk(thing("a", n=1), thing("b", n=2))) == 0
    assert rows(warehouse, "id, payload ->> 'n', cursor, load_id, row_no") == [
        ("a", "1", "17", 1, 1),
        ("b", "1", "17", 1, 2),
        ("b", "2", "17", 2, 2),
    ]
    assert warehouse.execute("select load_id, stream, rows_n from meta.load").fetchall() == [
        (1, "things", 2),
        (2, "things", 1),
    ]


def test_a_version_that_returns_is_a_version(
    warehouse: duckdb.DuckDBPyConnection, landing: Landing
) -> None:
    for n in (1, 2, 1):
        landing.land(chunk(thing("a", n=n)))
    assert [n for (n,) in rows(warehouse, "payload ->> 'n'")] == ["1", "2", "1"]


def test_of_two_versions_in_a_chunk_the_last_one_counts(
    warehouse: duckdb.DuckDBPyConnection, landing: Landing
) -> None:
    landing.land(chunk(thing("a", n=1), thing("b", n=1), thing("a", n=2)))
    assert rows(warehouse, "id, payload ->> 'n'") == [("a", "2"), ("b", "1")]


def test_the_order_of_keys_is_no_change(landing: Landing) -> None:
    assert landing.land(chunk(Record("a", {"id": "a", "n": 1}))) == 1
    assert landing.land(chunk(Record("a", {"n": 1, "id": "a"}))) == 0


def test_a_deletion_and_a_restoration_are_versions(
    warehouse: duckdb.DuckDBPyConnection, landing: Landing
) -> None:
    landing.land(chunk(thing("a"), thing("b")))
    landing.land(chunk(Record("a", None, is_deleted=True)))
    assert landing.live_n("things") == 1
    landing.land(chunk(Record("a", None, is_deleted=True)))
    landing.land(chunk(thing("a")))
    assert rows(warehouse, "id, is_deleted") == [
        ("a", False), ("b", False), ("a", True), ("a", False),
    ]  # fmt: skip
    assert landing.live_n("things") == 2


def test_a_chunk_that_fails_leaves_nothing(
    warehouse: duckdb.DuckDBPyConnection, landing: Landing
) -> None:
    landing.land(chunk(thing("a")))
    broken = chunk(thing("b"), cursor="c2")
    broken.add("no_such_stream", [thing("c")])
    with pytest.raises(duckdb.CatalogException):
        landing.land(broken)
    assert landing.cursor("things") == "c1"
    assert rows(warehouse, "id") == [("a",)]


def test_a_listing_knows_what_it_has_not_seen_also_after_a_pause(landing: Landing) -> None:
    landing.land(chunk(thing("a"), thing("b"), thing("c"), Record("d", None, is_deleted=True)))
    landing.begin_listing("things", "start")
    landing.land(chunk(thing("a")), listing="things")
    assert landing.unlisted("things") == ["b", "c"]
    landing.land(chunk(thing("a"), thing("c")), listing="things")
    assert landing.unlisted("things") == ["b"]
    assert landing.listed_n("things") == 2
    landing.end_listing("things", chunk(Record("b", None, is_deleted=True), cursor="done"))
    assert landing.listed_n("things") == 0
    assert landing.live_n("things") == 2
    assert landing.cursor("things") == "done"


def test_a_new_field_is_drift_and_a_first_one_is_not(
    warehouse: duckdb.DuckDBPyConnection, landing: Landing
) -> None:
    landing.land(chunk(thing("a", n=1)))
    landing.land(chunk(thing("a", n=1, colour="red")))
    assert warehouse.execute(
        "select source, entity, column_name, change from meta.drift"
    ).fetchall() == [("shop", "things", "colour", "new")]


def test_a_field_that_takes_another_type_is_drift_once(
    warehouse: duckdb.DuckDBPyConnection, landing: Landing
) -> None:
    landing.land(chunk(thing("a", n=1, size=None), thing("b", n=2.5, size="L")))
    landing.land(chunk(thing("a", n=3, size=None)))
    landing.land(chunk(thing("b", n="7", size=["L"])))
    landing.land(chunk(thing("b", n="8", size=["M"])))
    drift = "select column_name, change from meta.drift order by column_name"
    assert warehouse.execute(drift).fetchall() == [("n", "retyped"), ("size", "retyped")]
