"""A file that is not what passed the gates is never swapped in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from assets.expectation_checks import CheckError
from assets.expectations.outcomes import ExpectationOutcome
from assets.publish import publish, refuse
from assets.published import current_file
from assets.published_gate import BUILT, PublishedGateError, check_files, note_in_file
from pipelines.settings import Home
from pipelines.warehouse import connect, create_empty_tables

NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)
RUN = "run-0001"
MARTS = """
    create table marts.mrr_movement as
    select date '2026-03-01' as month, 'hosting' as service, 'b2b' as segment, 'plan-' || i as plan,
        cast(10.5 * i as decimal(38, 9)) as new_eur, 'run-0001' as run_id
    from range(20) as r (i);
    create table restricted.agent_kpi as
    select 'f00d' as agent_key, 'tuki' as team, 'phone' as channel, 7 as solved_n;
    create table meta.metric as select 'mrr_eur' as id;
    insert into canonical.agents (agent_id) values ('agent-7');
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


@pytest.fixture
def connection(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(home) as opened:
        create_empty_tables(opened)
        opened.execute(MARTS)
        opened.execute(
            "insert into meta.run (run_id, status, started_at) values (?, 'running', ?)",
            [RUN, NOW],
        )
        yield opened


class Gate:
    """The product's gate, on a file that something happened to after it was written."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        sql: str = "",
        reasons: Mapping[str, str] | None = None,
    ) -> None:
        self._connection = connection
        self._sql = sql
        self._reasons = reasons or {}
        self.outcomes: list[ExpectationOutcome] = []

    def __call__(self, files: Mapping[str, Path]) -> None:
        for name, file in files.items():
            if self._sql and f" {name}." in self._sql:
                self._connection.execute(f"attach '{file}' as {name}")
                self._connection.execute(self._sql)
                self._connection.execute(f"detach {name}")
        self.outcomes = check_files(self._connection, files, RUN, self._reasons)
        refuse(self.outcomes)
        note_in_file(self._connection, files[BUILT], RUN)

    @property
    def failed(self) -> set[str]:
        return {o.address for o in self.outcomes if o.outcome != "passed"}


def test_a_sound_file_passes_and_holds_its_own_results(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> None:
    gate = Gate(connection)
    publish(connection, home, RUN, NOW, gate)
    assert gate.failed == set()
    assert len(gate.outcomes) > 20
    assert {o.expectation.severity for o in gate.outcomes} == {"block", "warn"}
    with duckdb.connect(str(current_file(home)), read_only=True) as reader:
        kept = reader.execute(
            "select count(*) from meta.expectation_result where run_id = ? and gate = 'published'",
            [RUN],
        ).fetchall()
    assert kept == [(len(gate.outcomes),)]
    left = "select count(*) from duckdb_databases() where database_name like 'built%'"
    assert connection.execute(left).fetchall() == [(0,)]


DEFECTS = {
    "a row is lost": (
        "delete from built.marts.mrr_movement where plan = 'plan-3'",
        {"published.mrr_movement:rows_to_be_those_of_the_warehouse"},
    ),
    "a row stands twice": (
        "insert into built.marts.mrr_movement from built.marts.mrr_movement limit 1",
        {"published.mrr_movement:rows_to_be_those_of_the_warehouse"},
    ),
    "an amount is another one": (
        "update built.marts.mrr_movement set new_eur = new_eur + 0.000000001 where plan = 'plan-3'",
        {"published.mrr_movement:rows_to_be_those_of_the_warehouse"},
    ),
    "two amounts are exchanged": (
        "update built.marts.mrr_movement set new_eur = case plan when 'plan-3' then 42 else 31.5 "
        "end where plan in ('plan-3', 'plan-4')",
        {"published.mrr_movement:rows_to_be_those_of_the_warehouse"},
    ),
    "a column has another type": (
        "alter table built.marts.mrr_movement alter month set data type timestamp",
        {
            "published.mrr_movement:rows_to_be_those_of_the_warehouse",
            "published.mrr_movement:columns_to_be_those_of_the_warehouse",
        },
    ),
    "a column of agents is there": (
        "alter table built.marts.mrr_movement add column agent_id varchar",
        {
            "published.mrr_movement:rows_to_be_those_of_the_warehouse",
            "published.mrr_movement:columns_to_be_those_of_the_warehouse",
            "published.mrr_movement:no_column_to_be_personal",
        },
    ),
    "it is of no run": (
        "update built.meta.run set status = 'running'",
        {"published.run:this_run_to_be_published"},
    ),
    "a mart is missing from the list": (
        "delete from built.meta.published_table",
        {
            "published.published_table:rows_to_be_those_of_the_warehouse",
            "published.published_table:every_mart_to_be_listed_with_its_rows",
        },
    ),
    "agents are lost": (
        "delete from built_restricted.restricted.agent_kpi",
        {"published.agent_kpi:rows_to_be_those_of_the_warehouse"},
    ),
}


@pytest.mark.parametrize(("sql", "found"), DEFECTS.values(), ids=DEFECTS)
def test_a_spoiled_file_is_not_swapped_in(
    connection: duckdb.DuckDBPyConnection, home: Home, sql: str, found: set[str]
) -> None:
    publish(connection, home, RUN, NOW, Gate(connection))
    before = current_file(home).readlink()
    gate = Gate(connection, sql)
    with pytest.raises(PublishedGateError, match="stays"):
        publish(connection, home, RUN, NOW + timedelta(days=1), gate)
    assert gate.failed == found
    assert current_file(home).readlink() == before
    assert len(list(home.published.glob("mittaristo-*.duckdb"))) == 1


@pytest.mark.parametrize("value", ["aino@example.com", "agent-7"])
def test_a_person_in_a_dimension_is_not_published(
    connection: duckdb.DuckDBPyConnection, home: Home, value: str
) -> None:
    connection.execute("update marts.mrr_movement set segment = ? where plan = 'plan-3'", [value])
    gate = Gate(connection)
    with pytest.raises(PublishedGateError):
        publish(connection, home, RUN, NOW, gate)
    assert gate.failed == {"published.mrr_movement:no_value_to_be_personal"}
    [finding] = [o.finding for o in gate.outcomes if o.outcome == "failed"]
    assert finding.failing_keys == ()
    assert not current_file(home).exists()


def test_a_column_that_a_suite_does_not_find_is_an_error(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> None:
    connection.execute("alter table marts.mrr_movement drop column segment")
    with pytest.raises(CheckError, match="mrr_movement:no_value_to_be_personal"):
        publish(connection, home, RUN, NOW, Gate(connection))
    assert not current_file(home).exists()


def test_what_a_person_lets_through_is_published_with_the_reason(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> None:
    connection.execute("alter table marts.mrr_movement add column owner_id varchar")
    address = "published.mrr_movement:no_column_to_be_personal"
    publish(connection, home, RUN, NOW, Gate(connection, reasons={address: "it is a team"}))
    with duckdb.connect(str(current_file(home)), read_only=True) as reader:
        override = reader.execute("select table_name, expectation, why from meta.override")
        assert override.fetchall() == [
            ("published.mrr_movement", "no_column_to_be_personal", "it is a team")
        ]


def test_a_source_that_fell_silent_is_named(
    connection: duckdb.DuckDBPyConnection, home: Home
) -> None:
    for stream, last in (("tickets", 0), ("orders", 4)):
        for day in range(7):
            connection.execute(
                "insert into meta.load values (?, 'r', 'files', ?, 'f', '', 1, 0, ?, 'r')",
                [day, stream, NOW - timedelta(days=last + day)],
            )
    gate = Gate(connection)
    publish(connection, home, RUN, NOW, gate)
    assert gate.failed == {"published.source_freshness:streams_to_come_as_often_as_usual"}
    [finding] = [o.finding for o in gate.outcomes if o.outcome == "failed"]
    assert [key["stream"] for key in finding.failing_keys] == ["orders"]
