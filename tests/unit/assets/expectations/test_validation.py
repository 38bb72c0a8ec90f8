"""What a validation says about a table: passed, failed or error, and of which rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from assets.expectations import validation
from assets.expectations.duckdb_engine import LentConnection
from assets.expectations.outcomes import verdict
from assets.expectations.scope import GateRun
from assets.expectations.suites import read_suite
from assets.expectations.validation import validate
from pipelines.contract import PROJECT_DIR

from .support import add_load, add_table, run_suite, warehouse, write_suite

TICKETS = """
    select * from (values
        ('t1', 'email', 1, 10, timestamptz '2026-03-01 00:00Z'),
        ('t2', 'fax', 1, 20, timestamptz '2026-03-02 00:00Z'),
        ('t3', null, 2, -1, timestamptz '2026-03-03 23:30Z')
    ) as ticket (ticket_id, channel, load_id, replies_n, created_at)
"""


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = warehouse()
    add_table(connection, "core.fct_ticket", TICKETS)
    return connection


def test_a_row_condition_that_holds_passes(connection: duckdb.DuckDBPyConnection, tmp_path: Path):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "expect_column_values_to_not_be_null", "column": "ticket_id"},
    )
    finding = run_suite(connection, path)["expect_column_values_to_not_be_null:ticket_id"].finding
    assert (finding.outcome, finding.observed, finding.failing_rows_n) == ("passed", "0", 0)


def test_a_row_condition_that_fails_counts_its_rows_and_shows_their_keys_only(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {
            "expect": "expect_column_values_to_be_in_set",
            "column": "channel",
            "value_set": ["email"],
        },
        {"expect": "expect_column_values_to_not_be_null", "column": "channel"},
        sample=["ticket_id"],
    )
    outcomes = run_suite(connection, path)
    not_in_set = outcomes["expect_column_values_to_be_in_set:channel"].finding
    assert (not_in_set.outcome, not_in_set.failing_rows_n) == ("failed", 1)
    assert not_in_set.failing_keys == ({"ticket_id": "t2"},)
    missing = outcomes["expect_column_values_to_not_be_null:channel"].finding
    assert (missing.outcome, missing.failing_keys) == ("failed", ({"ticket_id": "t3"},))


def test_a_row_condition_may_hold_mostly(connection: duckdb.DuckDBPyConnection, tmp_path: Path):
    entry = {"expect": "expect_column_values_to_not_be_null", "column": "channel"}
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        entry | {"mostly": 0.6},
        entry | {"mostly": 0.7, "name": "nearly_all"},
    )
    outcomes = run_suite(connection, path)
    assert outcomes["expect_column_values_to_not_be_null:channel"].outcome == "passed"
    assert outcomes["expect_column_values_to_not_be_null:channel"].finding.failing_rows_n == 1
    assert outcomes["nearly_all:channel"].outcome == "failed"


def test_an_entry_is_left_out_where_what_it_needs_does_not_exist(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    rows = "select * from {batch} where ticket_id not in (select id from staging.ticket)"
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "delivered", "failing_rows": rows, "needs": "staging.ticket"},
        {"expect": "any", "failing_rows": "select * from {batch} where false"},
    )
    assert set(run_suite(connection, path)) == {"any"}
    connection.execute("create view staging.ticket as select 't1' as id")
    assert run_suite(connection, path)["delivered"].finding.failing_rows_n == 2


def test_an_aggregate_is_observed_whether_it_passes_or_fails(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "expect_table_row_count_to_be_between", "min_value": 1},
        {"expect": "expect_column_min_to_be_between", "column": "replies_n", "min_value": 0},
    )
    outcomes = run_suite(connection, path)
    rows = outcomes["expect_table_row_count_to_be_between"]
    assert (rows.outcome, rows.finding.observed) == ("passed", "3")
    least = outcomes["expect_column_min_to_be_between:replies_n"]
    assert (least.outcome, least.finding.observed) == ("failed", "-1")
    assert least.expected == '{"min_value": 0}'


def test_rows_that_a_query_returns_fail_with_their_total_and_a_sample(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    add_table(
        connection, "core.fct_ticket", "select i as ticket_id, 'x' as secret from range(9) r(i)"
    )
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "no_ticket", "failing_rows": "select * from {batch}", "sample": ["ticket_id"]},
        {"expect": "no_odd_name", "failing_rows": "select * from {batch} where secret = 'y'"},
    )
    outcomes = run_suite(connection, path)
    finding = outcomes["no_ticket"].finding
    assert (finding.outcome, finding.observed, finding.failing_rows_n) == ("failed", "9", 9)
    assert [set(keys) for keys in finding.failing_keys] == [{"ticket_id"}] * 5
    assert outcomes["no_odd_name"].finding.failing_rows_n == 0
    assert outcomes["no_odd_name"].outcome == "passed"


def test_a_query_may_join_use_braces_colons_and_percent_signs(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {
            "expect": "nothing_odd",
            "failing_rows": """
                with named as (select ticket_id::varchar as id from {batch})
                select * from named inner join {table} as other on named.id = other.ticket_id
                where regexp_matches(id, '^t[0-9]{1}$') and channel like '%a%' and '08:00' < '09:00'
            """,
        },
    )
    assert run_suite(connection, path)["nothing_odd"].finding.failing_rows_n == 2


def test_a_value_is_held_against_its_limits(connection: duckdb.DuckDBPyConnection, tmp_path: Path):
    share = "select avg(case when channel is null then 1 else 0 end) from {batch}"
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "share_unknown", "one_value": share, "max_value": 0.5},
        {"expect": "share_small", "one_value": share, "max_value": 0.01},
        {"expect": "nothing_to_judge", "one_value": f"{share} having false", "max_value": 0},
        {"expect": "null_is_no_answer", "one_value": "select null from {batch}", "max_value": 0},
    )
    outcomes = run_suite(connection, path)
    assert {id_: o.outcome for id_, o in outcomes.items()} == {
        "share_unknown": "passed",
        "share_small": "failed",
        "nothing_to_judge": "passed",
        "null_is_no_answer": "error",
    }
    assert outcomes["share_small"].finding.observed.startswith("0.33")
    assert outcomes["nothing_to_judge"].finding.observed is None


@pytest.mark.parametrize("more_n", [0, 30], ids=["one alone", "in one statement"])
def test_a_value_is_the_same_alone_and_among_others(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, more_n: int
):
    more = [
        {"expect": "no_row", "name": f"other_{n}", "failing_rows": "from {batch} where false"}
        for n in range(more_n)
    ]
    values = {
        "1 / 3.0": ("passed", "0.3333333333333333"),
        "cast(0.10 as decimal(38, 2))": ("passed", "0.10"),
        "cast(0.51 as decimal(38, 2))": ("failed", "0.51"),
        "1e-7": ("passed", "1e-07"),
        "cast(1 as hugeint)": ("failed", "1"),
        "'infinity'::double": ("failed", "inf"),
        "'nan'::double": ("passed", "nan"),
        "'much'": ("error", None),
        "i from range(2) as two (i) --": ("error", None),
    }
    for value, expected in values.items():
        entry = {"expect": "value", "one_value": f"select {value}\n", "max_value": 0.5}
        outcome = run_suite(connection, write_suite(tmp_path, "core.fct_ticket", entry, *more))
        finding = outcome["value"].finding
        assert (finding.outcome, finding.observed) == expected, value
        assert len(outcome) == 1 + more_n
        assert [o.outcome for o in outcome.values()][1:] == ["passed"] * more_n


def test_queries_are_one_statement_unless_one_fails_or_the_table_is_large(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []
    cursor = LentConnection.cursor

    def counted(lent: LentConnection) -> duckdb.DuckDBPyConnection:
        asked.append("")
        return cursor(lent)

    monkeypatch.setattr(LentConnection, "cursor", counted)
    rules = [
        {"expect": f"rule_{n}", "failing_rows": f"select 1 from {{batch}} where replies_n > 9{n}"}
        for n in range(10)
    ]
    broken = {"expect": "broken", "failing_rows": "select replies_n from {batch}"}

    def asked_n(*entries: dict[str, object]) -> int:
        asked.clear()
        outcomes = run_suite(connection, write_suite(tmp_path, "core.fct_ticket", *entries))
        assert len(outcomes) == len(entries)
        assert sum(outcome.outcome == "failed" for outcome in outcomes.values()) == (
            broken in entries
        )
        return len(asked)

    alone_n = asked_n(rules[0])
    assert asked_n(*rules) == alone_n
    assert asked_n(*rules, broken) == alone_n + 1
    monkeypatch.setattr(validation, "TOGETHER_ROWS_MAX", 2)
    assert asked_n(*rules) == alone_n + 9


def test_an_exception_in_a_check_is_an_error_and_spoils_no_other_check(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "expect_column_values_to_not_be_null", "column": "ticket_id"},
        {"expect": "expect_column_values_to_not_be_null", "column": "no_such_column"},
        {"expect": "expect_column_values_to_be_between", "column": "channel", "min_value": 0},
        {"expect": "expect_column_values_to_be_in_set", "column": "channel", "set": ["email"]},
        {"expect": "expect_column_values_to_be_splendid", "column": "channel"},
        {"expect": "broken", "failing_rows": "select * from {batch} where"},
        {"expect": "unfilled", "failing_rows": "select * from {batch} where {condition}"},
        {"expect": "expect_column_max_to_be_between", "column": "replies_n", "max_value": 5},
    )
    outcomes = run_suite(connection, path)
    assert {id_: o.outcome for id_, o in outcomes.items()} == {
        "expect_column_values_to_not_be_null:ticket_id": "passed",
        "expect_column_values_to_not_be_null:no_such_column": "error",
        "expect_column_values_to_be_between:channel": "error",
        "expect_column_values_to_be_in_set:channel": "error",
        "expect_column_values_to_be_splendid:channel": "error",
        "broken": "error",
        "unfilled": "error",
        "expect_column_max_to_be_between:replies_n": "failed",
    }
    assert all(o.finding.error for o in outcomes.values() if o.outcome == "error")


def test_an_error_never_repeats_the_value_that_caused_it(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "number", "failing_rows": "select * from {batch} where channel::int > 0"},
    )
    error = run_suite(connection, path)["number"].finding.error
    assert error
    assert "email" not in error
    assert "fax" not in error


def test_outcomes_stand_in_the_order_of_the_suite(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "z_first", "failing_rows": "select 1 from {batch} where false"},
        {"expect": "expect_column_values_to_be_between", "column": "replies_n", "min_value": -9},
        {"expect": "expect_table_row_count_to_equal", "value": 3},
        {"expect": "expect_column_values_to_not_be_null", "column": "ticket_id"},
        {"expect": "a_last", "failing_rows": "select 1 from {batch} where false"},
    )
    suite = read_suite(path)
    assert list(run_suite(connection, path)) == [e.id for e in suite.expectations]


def test_uniqueness_takes_the_cheaper_query_and_says_the_same(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    library = PROJECT_DIR / "expectations" / "sql_expectations.yml"
    (tmp_path / library.name).write_text(library.read_text(encoding="utf-8"), encoding="utf-8")
    add_table(
        connection,
        "core.fct_ticket",
        "select * from (values (1, 1), (1, 2), (2, 1), (null, 3), (null, 4)) as t (a, b)",
    )
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "expect_column_values_to_be_unique", "column": "a", "sample": ["a"]},
        {"expect": "expect_compound_columns_to_be_unique", "column_list": ["a", "b"]},
    )
    outcomes = run_suite(connection, path)
    assert outcomes["expect_column_values_to_be_unique:a"].finding.failing_keys == ({"a": "1"},)
    assert outcomes["expect_compound_columns_to_be_unique"].outcome == "passed"


def test_row_expectations_of_a_run_see_only_its_rows(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    add_load(connection, 1, built=True)
    add_load(connection, 2)
    entry = {
        "expect": "expect_column_values_to_be_in_set",
        "column": "channel",
        "value_set": ["email"],
    }
    negative = {"expect": "negative", "failing_rows": "select * from {batch} where replies_n < 0"}
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        entry,
        entry | {"name": "whole", "scope": "table"},
        negative,
        scope="run",
    )
    outcomes = run_suite(connection, path)
    assert outcomes["expect_column_values_to_be_in_set:channel"].outcome == "passed"
    assert outcomes["whole:channel"].outcome == "failed"
    assert outcomes["negative"].finding.failing_rows_n == 1
    in_full = run_suite(connection, path, is_full=True)
    assert in_full["expect_column_values_to_be_in_set:channel"].outcome == "failed"


def test_a_suite_may_say_which_rows_are_of_this_run(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "expect_table_row_count_to_equal", "value": 1},
        scope="run",
        run_rows="ticket_id in (select 't2')",
    )
    assert run_suite(connection, path)["expect_table_row_count_to_equal"].outcome == "passed"


def test_a_delivery_that_came_again_is_judged_by_its_latest_load_only(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    add_table(
        connection,
        "raw_files.tickets",
        "select * from (values (1, null), (2, 't1'), (3, 't2')) as raw (load_id, ticket_id)",
    )
    for load_id, file in ((1, "tickets/a.csv"), (2, "tickets/a.csv"), (3, "tickets/b.csv")):
        add_load(connection, load_id, file=file)
    path = write_suite(
        tmp_path,
        "raw_files.tickets",
        {"expect": "expect_column_values_to_not_be_null", "column": "ticket_id"},
        {"expect": "expect_table_row_count_to_equal", "value": 2},
        scope="run",
    )
    outcomes = run_suite(connection, path, gate="raw")
    assert {o.outcome for o in outcomes.values()} == {"passed"}


def test_time_is_read_in_the_time_zone_of_the_connection(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    connection.execute("set timezone = 'Europe/Helsinki'")
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {
            "expect": "local_day",
            "one_value": "select max(day(created_at)) from {batch}",
            "min_value": 4,
        },
    )
    assert run_suite(connection, path)["local_day"].finding.observed == "4"


def test_the_connection_stays_open_and_writable(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "expect_column_values_to_not_be_null", "column": "channel"},
    )
    run_suite(connection, path)
    connection.execute("drop table core.fct_ticket")
    assert run_suite(connection, path) == {}


def test_a_block_outweighs_a_warning_and_an_error_outweighs_both(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
):
    fails = {"failing_rows": "select * from {batch}"}
    cases = {
        "passed": [{"expect": "fine", "failing_rows": "select * from {batch} where false"}],
        "warned": [{"expect": "odd", "severity": "warn"} | fails],
        "blocked": [{"expect": "odd", "severity": "warn"} | fails, {"expect": "bad"} | fails],
        "error": [{"expect": "bad"} | fails, {"expect": "broken", "failing_rows": "select"}],
    }
    for wanted, expectations in cases.items():
        path = write_suite(tmp_path, "core.fct_ticket", *expectations)
        assert verdict(run_suite(connection, path).values()) == wanted


def test_a_validation_is_quiet_and_writes_no_file(tmp_path: Path):
    folder = tmp_path / "suites"
    write_suite(
        folder,
        "core.fct_ticket",
        {"expect": "expect_column_values_to_not_be_null", "column": "channel"},
        {"expect": "broken", "failing_rows": "select"},
    )
    home = tmp_path / "home"
    home.mkdir()
    script = f"""
import duckdb
from pathlib import Path
from assets.expectations.scope import GateRun
from assets.expectations.suites import read_suite
from assets.expectations.validation import validate
connection = duckdb.connect()
connection.execute("create schema core; create table core.fct_ticket as select null as channel")
suite = read_suite(Path({str(folder)!r}) / "core" / "fct_ticket.yml")
outcomes = validate(connection, [suite], GateRun("run", "core", True))
assert [o.outcome for o in outcomes] == ["failed", "error"], outcomes
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=home,
        env={"HOME": str(home), "PYTHONPATH": str(PROJECT_DIR), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert [line for line in done.stderr.splitlines() if "nanobind" not in line.lower()] == []
    assert list(home.iterdir()) == []


def test_great_expectations_is_not_imported_when_there_is_nothing_to_validate(tmp_path: Path):
    script = """
import sys, duckdb
import assets.expectation_checks
from assets.expectations.scope import GateRun
from assets.expectations.validation import validate
assert validate(duckdb.connect(), [], GateRun("run", "core", True)) == []
assert "great_expectations" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT_DIR, check=True)


def test_a_table_that_nobody_delivered_has_no_outcomes(tmp_path: Path):
    path = write_suite(
        tmp_path,
        "raw_files.tickets",
        {"expect": "expect_table_row_count_to_be_between", "min_value": 1},
    )
    assert validate(warehouse(), [read_suite(path)], GateRun("run", "raw", False)) == []


@pytest.mark.parametrize("own_limit", [None, "500MB"])
def test_gates_hold_little_in_memory(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, own_limit: str | None
):
    if own_limit:
        connection.execute(f"set memory_limit = '{own_limit}'")
    limit = "select parse_formatted_bytes(current_setting('memory_limit')) "
    before = connection.execute(limit).fetchall()
    path = write_suite(
        tmp_path,
        "core.fct_ticket",
        {"expect": "limit", "one_value": f"{limit} from {{batch}} limit 1", "max_value": 2e9},
    )
    finding = run_suite(connection, path)["limit"].finding
    assert finding.outcome == "passed"
    # It is never raised, and afterwards what it was.
    assert 0 < int(str(finding.observed)) <= before[0][0]
    assert connection.execute(limit).fetchall() == before
