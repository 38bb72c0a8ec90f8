"""What a source's own past says of it: too few rows, too old, another mix, later than usual.

Each figure is asked twice: of a source that goes on as before, and of one that does not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from assets.expectations.scope import GateRun
from assets.expectations.suites import SUITES_DIR, read_suite
from assets.expectations.validation import validate

from .support import NOW, run_suite, warehouse, write_suite

# A Wednesday, and 40 tickets on each of the 280 days before it, one third of them by telephone.
TICKETS = """
    insert into canonical.tickets (ticket_id, customer_id, channel, created_at, changed_load_id)
    select
        'd' || day.n || '-' || place.n, case when place.n % 4 > 0 then 'c1' end,
        case when place.n % 3 = 0 then 'phone' else 'email' end,
        timestamptz '2026-04-01 00:00Z' - to_days(cast(day.n as integer))
            + to_minutes(cast(place.n as integer)), 1
    from range(1, 281) as day (n)
    cross join range(40) as place (n)
"""


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = warehouse()
    connection.execute("insert into meta.run_context values ('run-1', ?, null, true)", [NOW])
    connection.execute(TICKETS)
    assert connection.execute("select count(*) from canonical.tickets").fetchall() == [(11200,)]
    return connection


def ask(connection: duckdb.DuckDBPyConnection, table: str = "canonical.tickets") -> dict[str, str]:
    """What the shipped suite warns of, with what it observed."""
    suite = read_suite(SUITES_DIR / f"{table.replace('.', '/')}.yml")
    own_past = ("usual", "as_before", "fields_to_stay")
    outcomes = [
        outcome
        for outcome in validate(connection, [suite], GateRun("run-1", "canonical", True))
        if any(part in outcome.expectation.kind for part in own_past)
    ]
    assert len(outcomes) >= 2
    assert {outcome.expectation.severity for outcome in outcomes} == {"warn"}
    assert [o.finding.error for o in outcomes if o.outcome == "error"] == []
    return {o.expectation.id: str(o.finding.observed) for o in outcomes if o.outcome == "failed"}


def test_a_source_that_goes_on_as_before_is_not_complained_of(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert ask(connection) == {}


def test_a_day_of_which_two_thirds_are_missing_is_noticed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        "delete from canonical.tickets where ticket_id like 'd3-%' and channel = 'email'"
    )
    assert ask(connection) == {"days_to_have_their_usual_rows:created_at": "0.35"}


def test_a_hole_in_the_history_is_noticed(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "delete from canonical.tickets "
        "where created_at >= '2025-11-03 00:00Z' and created_at < '2025-11-08 00:00Z'"
    )
    found = ask(connection)
    assert list(found) == ["periods_to_have_their_usual_rows:created_at"]
    assert float(found["periods_to_have_their_usual_rows:created_at"]) == pytest.approx(2 / 7)


def test_few_rows_are_not_judged(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from canonical.tickets where ticket_id not like '%-7'")
    connection.execute("delete from canonical.tickets where ticket_id = 'd3-7'")
    assert ask(connection) == {}


def test_an_export_that_no_longer_grows_is_noticed(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from canonical.tickets where created_at >= '2026-03-29 00:00Z'")
    assert ask(connection) == {"newest_row_to_be_as_new_as_usual:created_at": "4.0"}


def test_codes_that_were_set_up_anew_are_noticed(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "update canonical.tickets set channel = 'web' "
        "where channel = 'email' and created_at >= '2026-03-01 00:00Z'"
    )
    found = ask(connection)
    assert list(found) == ["mix_to_be_as_before:channel"]
    assert float(found["mix_to_be_as_before:channel"]) == pytest.approx(2 / 3, abs=0.03)


def test_a_lookup_that_finds_nobody_is_noticed(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "update canonical.tickets set customer_id = null where created_at >= '2026-03-01 00:00Z'"
    )
    assert list(ask(connection)) == ["customers_to_be_found_as_before"]


def test_a_scale_that_was_turned_is_noticed(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """
        insert into canonical.survey_responses (response_id, question_id, score, submitted_at)
        select ticket_id, 'nps', 10 - hash(ticket_id) % 4, created_at from canonical.tickets
        """
    )
    assert ask(connection, "canonical.survey_responses") == {}
    connection.execute(
        "update canonical.survey_responses set score = 10 - score "
        "where submitted_at >= '2026-03-05 00:00Z'"
    )
    assert list(ask(connection, "canonical.survey_responses")) == ["scores_to_be_as_before"]


def deliver(connection: duckdb.DuckDBPyConnection, sizes: list[int]) -> None:
    """A load a day; the last one is this run's."""
    for number, rows_n in enumerate(sizes, start=1):
        is_last = number == len(sizes)
        connection.execute(
            "insert into meta.load values (?, ?, 'files', 'tickets', ?, '', ?, 0, ?, ?)",
            [
                number,
                f"run-{number}",
                f"{number}.csv",
                rows_n,
                NOW + timedelta(days=number),
                None if is_last else "built",
            ],
        )


@pytest.mark.parametrize(
    ("sizes", "observed"),
    [
        ([900, 100, 110, 90, 120, 40], "0.42"),
        ([900, 100, 110, 90, 120, 80], None),
        # Four deliveries are no rhythm yet, and weekends are poor.
        ([900, 100, 110, 90, 40], None),
        ([100, 100, 20, 21, 100, 100, 100, 22, 21, 100, 20], None),
        ([9, 9, 9, 9, 9, 9, 1], None),
    ],
)
def test_a_delivery_is_held_against_those_before_it(
    connection: duckdb.DuckDBPyConnection, sizes: list[int], observed: str | None
) -> None:
    deliver(connection, sizes)
    connection.execute(
        "create table raw_files.tickets as select 't1' as ticket_id, '1.csv' as file, "
        "1::bigint as row_no, '' as content_hash, 1::bigint as load_id, now() as loaded_at"
    )
    found = ask(connection, "raw_files.tickets")
    assert {k: v[:4] for k, v in found.items()} == (
        {"delivery_to_be_of_usual_size": observed} if observed else {}
    )


def test_drift_of_this_run_is_noticed(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, [10])
    connection.execute(
        "create table raw_files.tickets as select 't1' as ticket_id, '1.csv' as file, "
        "1::bigint as row_no, '' as content_hash, 1::bigint as load_id, now() as loaded_at"
    )
    for run_id, entity in (("run-0", "tickets"), ("run-1", "messages"), ("run-1", "tickets")):
        connection.execute(
            "insert into meta.drift values (?, 'files', ?, '1.csv', 'mood', 'new', ?)",
            [run_id, entity, NOW],
        )
    assert ask(connection, "raw_files.tickets") == {"fields_to_stay": "1"}


def history(
    connection: duckdb.DuckDBPyConnection, observed: list[float], status: str = "published"
) -> None:
    for number, value in enumerate(observed):
        run_id = f"{status}-{number}"
        connection.execute(
            "insert into meta.run (run_id, status, started_at) values (?, ?, ?)",
            [run_id, status, NOW],
        )
        connection.execute(
            "insert into meta.expectation_result (run_id, gate, table_name, expectation, "
            "severity, outcome, observed_value, checked_at) "
            "values (?, 'canonical', 'core.fct_ticket', 'share', 'warn', 'passed', ?, ?)",
            [run_id, str(value), NOW + timedelta(days=number)],
        )


def judged(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[str, str]:
    connection.execute("create or replace table core.fct_ticket as select 0.4 as late")
    path = write_suite(
        folder,
        "core.fct_ticket",
        {"expect": "share", "one_value": "select late from {batch}", "usual_within": 0.2},
    )
    [outcome] = run_suite(connection, path).values()
    return outcome.outcome, outcome.expected


def test_a_value_is_held_against_what_published_runs_observed(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    history(connection, [0.1, 0.1, 0.15, 0.1])
    history(connection, [0.9, 0.9], status="blocked")
    outcome, expected = judged(connection, tmp_path)
    assert (outcome, expected) == ("passed", "anything, until 5 published runs have observed it")
    connection.execute("delete from meta.run")
    history(connection, [0.1, 0.1, 0.15, 0.1, 0.3])
    outcome, expected = judged(connection, tmp_path)
    assert (outcome, expected) == ("failed", '{"min_value": -0.1, "max_value": 0.3}')


def test_what_comes_late_is_counted(connection: duckdb.DuckDBPyConnection) -> None:
    previous = datetime.fromisoformat("2026-03-25T00:00:00+00:00")
    connection.execute("update meta.run_context set previous_as_of = ?", [previous])
    deliver(connection, [1])
    suite = read_suite(SUITES_DIR / "canonical" / "tickets.yml")
    late = next(e for e in suite.expectations if e.kind == "late_share_to_be_as_usual")
    [observed] = [
        o.finding.observed
        for o in validate(connection, [suite], GateRun("run-1", "canonical", False))
        if o.expectation.id == late.id
    ]
    # All but the tickets of the 9 days from 23 March on.
    assert float(str(observed)) == pytest.approx(271 / 280)
