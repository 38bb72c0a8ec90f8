from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import Home
from pipelines.trust import Coverage, NothingPublishedError, examine, in_words
from pipelines.warehouse import create_empty_tables

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def publish(home: Home, name: str, runs: list[tuple[str, str]], statuses: dict[str, str]) -> None:
    """A published file: its runs (id, status) an hour apart, and the figures of March 2026."""
    file = home.published / f"mittaristo-{name}.duckdb"
    with duckdb.connect(str(file)) as connection:
        create_empty_tables(connection)
        connection.execute("create schema if not exists marts")
        connection.execute("create table meta.metric as select unnest(range(4)) as id")
        connection.execute(
            "create table marts.metric_value (metric_id varchar, statistic varchar, "
            "period_grain varchar, period_start date, dim_name varchar, status varchar, "
            "is_mature boolean)"
        )
        for metric, status in statuses.items():
            connection.execute(
                "insert into marts.metric_value values (?, 'value', 'month', ?, 'all', ?, true)",
                [metric, date(2026, 3, 1), status],
            )
        for hours, (run_id, status) in enumerate(runs):
            connection.execute(
                "insert into meta.run (run_id, status, started_at, finished_at, as_of, "
                "published_file) values (?, ?, ?, ?, ?, ?)",
                [
                    run_id,
                    status,
                    AS_OF + timedelta(hours=hours),
                    AS_OF,
                    AS_OF,
                    file.name if run_id == runs[-1][0] else "mittaristo-1.duckdb",
                ],
            )
        connection.execute(
            "insert into meta.source_freshness values (?, 'files', 'tickets', ?, 10), "
            "(?, 'files', 'invoices', ?, 5)",
            [runs[-1][0], AS_OF, runs[-1][0], AS_OF - timedelta(days=3)],
        )
        connection.execute(
            "insert into meta.row_account values (?, 'tickets', 'files', 100, 90, 0, 10), "
            "(?, 'tickets', 'files', 50, 50, 0, 0), (?, 'invoices', 'files', 9, 9, 0, 0)",
            [runs[-1][0], runs[0][0], runs[-1][0]],
        )
        for outcome, severity in (("passed", "block"), ("failed", "warn"), ("failed", "block")):
            connection.execute(
                "insert into meta.expectation_result (run_id, gate, table_name, expectation, "
                "severity, outcome, checked_at) values (?, 'core', 't', 'e', ?, ?, ?)",
                [runs[-1][0], severity, outcome, AS_OF],
            )
        connection.execute(
            "insert into meta.override values (?, 'core.t', 'e', '7', 'the move', ?)",
            [runs[-1][0], AS_OF],
        )
    link = home.published / "current.duckdb"
    link.unlink(missing_ok=True)
    link.symlink_to(file.name)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def test_it_says_what_a_reader_has_to_know(home: Home) -> None:
    publish(home, "1", [("a", "published")], {"x": "ok", "y": "no_data"})
    runs = [("a", "published"), ("b", "blocked"), ("c", "published")]
    publish(home, "2", runs, {"x": "ok", "y": "low_n", "z": "suppressed"})
    trust = examine(home)
    assert (trust.publication.run_id, trust.publication.previous_run_id) == ("c", "a")
    assert trust.publication.stopped_runs_n == 1
    assert [(f.source, f.oldest_entity, f.rows_n) for f in trust.freshness] == [
        ("files", "invoices", 15)
    ]
    assert (trust.checks.passed_n, trust.checks.warned_n, trust.checks.failed_n) == (1, 1, 1)
    assert [(o.address, o.why) for o in trust.overrides] == [("core.t:e", "the move")]
    assert [(q.entity, q.rows_n, q.share, q.previous_share) for q in trust.quarantined] == [
        ("tickets", 10, 0.1, 0.0)
    ]
    assert trust.coverage == Coverage("2026-03", 4, 2, {"ok": 1, "low_n": 1, "suppressed": 1})
    assert trust.previous_coverage == Coverage("2026-03", 4, 1, {"ok": 1, "no_data": 1})
    assert [(m.quarantined_n, m.overrides_n, m.oldest_days) for m in trust.trend] == [
        (10, 1, 3.0),
        (0, 0, None),
    ]
    assert [m.coverage.with_value_n for m in trust.trend if m.coverage] == [2, 1]
    text = "\n".join(in_words(trust, NOW))
    assert (
        "2026-04-01 00:00 · oldest data 3.0 days · 1 passed · 1 warned · "
        "1 failed and were let through · 1 let through · 10 rows aside (9.17%) · 2 of 4 metrics"
    ) in text
    assert "usually every" not in text
    assert "12.0 h ago" in text
    assert "oldest is invoices, 4 days ago" in text
    assert "let through: core.t:e, observed 7: the move" in text
    assert "tickets of files: 10 rows, 10.00% (before 0.00%)" in text
    assert "2 of 4 metrics have a company figure" in text


def test_a_source_that_is_overdue_is_called_so(home: Home) -> None:
    publish(home, "1", [("a", "published")], {"x": "ok"})
    with duckdb.connect(str((home.published / "current.duckdb").resolve())) as connection:
        for day in (1, 2, 3, 4):
            connection.execute(
                "insert into meta.source_freshness values (?, 'files', 'tickets', ?, 1)",
                [f"run-{day}", AS_OF - timedelta(days=day)],
            )
    trust = examine(home)
    assert [source.usual_days for source in trust.freshness] == [1.0]
    assert "usually every 1.0 days" in "\n".join(in_words(trust, NOW))
    assert "OVERDUE" not in "\n".join(in_words(trust, NOW))
    late = "\n".join(in_words(trust, AS_OF + timedelta(days=4)))
    assert "usually every 1.0 days, so it is OVERDUE" in late


def test_without_a_publication_it_says_how_to_get_one(home: Home) -> None:
    with pytest.raises(NothingPublishedError, match="run `mittaristo run`"):
        examine(home)


def test_a_file_of_an_older_version_is_named(home: Home) -> None:
    with duckdb.connect(str(home.published / "current.duckdb")) as connection:
        connection.execute("create schema meta")
    with pytest.raises(NothingPublishedError, match="older version"):
        examine(home)
