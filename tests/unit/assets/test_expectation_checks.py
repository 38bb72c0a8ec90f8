"""The gates in Dagster: what a failed check stops, and what a person sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from assets.expectation_checks import CheckError, gate_checks
from pipelines.progress import Progress
from pipelines.settings import Home, Settings
from tests.unit.assets.expectations.support import add_table, warehouse, write_suite

TICKET, CONTACT, MART, OTHER = (
    dg.AssetKey(["core", "fct_ticket"]),
    dg.AssetKey(["core", "fct_contact"]),
    dg.AssetKey(["marts", "service"]),
    dg.AssetKey(["raw_files", "orders"]),
)
FAILS = {"expect": "few", "failing_rows": "select * from {batch}"}
HOLDS = {"expect": "fine", "failing_rows": "select * from {batch} where false"}


class Warehouse:
    """Stands in for the resource: one open connection that outlives the run."""

    def __init__(self) -> None:
        self.connection = warehouse()
        self.progress = Progress(None)
        self.settings = Settings(Home(Path("home")))

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        yield self.connection


@pytest.fixture
def resource() -> Warehouse:
    stand_in = Warehouse()
    add_table(
        stand_in.connection, "core.fct_ticket", "select 't1' as ticket_id, 'x@example.com' as mail"
    )
    return stand_in


def run_job(
    resource: Warehouse, folder: Path, **gate: Any
) -> tuple[dg.ExecuteInProcessResult, set[str]]:
    """Facts → gate → mart beside an unrelated asset; returns the result and the assets that ran."""
    ran: set[str] = set()

    @dg.multi_asset(specs=[dg.AssetSpec(TICKET), dg.AssetSpec(CONTACT)], can_subset=True)
    def facts() -> Iterator[dg.MaterializeResult]:
        for key in (TICKET, CONTACT):
            ran.add(key.to_user_string())
            yield dg.MaterializeResult(asset_key=key)

    @dg.multi_asset(specs=[dg.AssetSpec(MART, deps=[TICKET])])
    def marts() -> dg.MaterializeResult:
        ran.add(MART.to_user_string())
        return dg.MaterializeResult(asset_key=MART)

    @dg.asset(key=OTHER)
    def orders() -> None:
        ran.add(OTHER.to_user_string())

    definitions = dg.Definitions(
        assets=[facts, marts, orders],
        asset_checks=[gate_checks("core", [TICKET, CONTACT], folder, **gate)],
        jobs=[dg.define_asset_job("everything", dg.AssetSelection.all())],
        resources={"warehouse": resource},
        executor=dg.in_process_executor,
    )
    job = definitions.resolve_job_def("everything")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    return result, ran


def checks_of(result: dg.ExecuteInProcessResult) -> dict[dg.AssetKey, Any]:
    return {check.asset_key: check for check in result.get_asset_check_evaluations()}


def error_of(result: dg.ExecuteInProcessResult) -> Any:
    failures = [event for event in result.all_events if event.is_step_failure]
    assert len(failures) == 1
    return failures[0].step_failure_data.error


def test_a_failed_block_stops_what_lies_below_and_nothing_else(resource: Warehouse, tmp_path: Path):
    write_suite(tmp_path, "core.fct_ticket", FAILS, sample=["ticket_id"])
    result, ran = run_job(resource, tmp_path)
    assert not result.success
    assert ran == {"core/fct_ticket", "core/fct_contact", "raw_files/orders"}
    assert error_of(result).cls_name == "DagsterAssetCheckFailedError"


def test_a_failed_block_stops_what_reads_another_table_of_the_gate(
    resource: Warehouse, tmp_path: Path
):
    add_table(resource.connection, "core.fct_contact", "select 'k1' as contact_id")
    write_suite(tmp_path, "core.fct_ticket", HOLDS)
    write_suite(tmp_path, "core.fct_contact", FAILS)
    result, ran = run_job(resource, tmp_path)
    assert not result.success
    assert "marts/service" not in ran


def test_a_person_sees_what_failed_where_and_why(resource: Warehouse, tmp_path: Path):
    write_suite(tmp_path, "core.fct_ticket", FAILS, HOLDS, sample=["ticket_id"])
    check = checks_of(run_job(resource, tmp_path)[0])[TICKET]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "few observed 1, expected no failing row (the figures)" in check.description
    assert check.metadata["failed_n"].value == 1
    assert check.metadata["passed_n"].value == 1
    assert check.metadata["failing_keys"].value == {"few": [{"ticket_id": "t1"}]}
    assert check.metadata["suite"].value.endswith("core/fct_ticket.yml")
    assert len(check.metadata["results"].records) == 2
    assert "example.com" not in str(check)


def test_a_warning_is_shown_and_stops_nothing(resource: Warehouse, tmp_path: Path):
    write_suite(tmp_path, "core.fct_ticket", FAILS | {"severity": "warn"})
    result, ran = run_job(resource, tmp_path)
    assert result.success
    assert "marts/service" in ran
    check = checks_of(result)[TICKET]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_a_failure_that_somebody_allows_stops_nothing_and_is_recorded_with_the_reason(
    resource: Warehouse, tmp_path: Path
):
    write_suite(tmp_path, "core.fct_ticket", FAILS)
    allowed = {"core.fct_ticket:few": "the helpdesk was moved"}
    resource.settings = Settings(Home(tmp_path), allowed_failures=allowed)
    result, ran = run_job(resource, tmp_path)
    assert result.success
    assert "marts/service" in ran
    check = checks_of(result)[TICKET]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    kept = "select run_id, table_name, expectation, observed_value, why from meta.override"
    assert resource.connection.execute(kept).fetchall() == [
        (result.run_id, "core.fct_ticket", "few", "1", "the helpdesk was moved")
    ]


def test_an_error_cannot_be_allowed(resource: Warehouse, tmp_path: Path):
    write_suite(tmp_path, "core.fct_ticket", {"expect": "broken", "failing_rows": "select"})
    allowed = {"core.fct_ticket:broken": "it never worked"}
    resource.settings = Settings(Home(tmp_path), allowed_failures=allowed)
    result, ran = run_job(resource, tmp_path)
    assert not result.success
    assert "marts/service" not in ran
    assert resource.connection.execute("select count(*) from meta.override").fetchall() == [(0,)]


def test_an_error_in_a_check_stops_like_a_block_but_is_called_an_error(
    resource: Warehouse, tmp_path: Path
):
    write_suite(tmp_path, "core.fct_ticket", {"expect": "broken", "failing_rows": "select"}, FAILS)
    result, ran = run_job(resource, tmp_path)
    assert not result.success
    assert "marts/service" not in ran
    assert checks_of(result)[TICKET].description.startswith("error: broken: ")
    assert CheckError.__name__ in error_of(result).to_string()


def test_a_table_without_data_is_skipped_and_says_so(resource: Warehouse, tmp_path: Path):
    write_suite(tmp_path, "core.fct_ticket", HOLDS)
    write_suite(tmp_path, "core.fct_contact", FAILS)
    result, ran = run_job(resource, tmp_path)
    assert result.success
    assert "marts/service" in ran
    check = checks_of(result)[CONTACT]
    assert check.passed
    assert check.metadata["not_validated"].value == "no data delivered"
    assert checks_of(result)[TICKET].passed


def test_a_table_this_run_left_alone_is_not_validated_again(resource: Warehouse, tmp_path: Path):
    write_suite(tmp_path, "core.fct_ticket", FAILS)
    result, _ = run_job(resource, tmp_path, touched=lambda connection, run: set())
    assert result.success
    assert checks_of(result)[TICKET].metadata["not_validated"].value == "unchanged in this run"


def test_every_outcome_is_kept_once_per_run_without_keys_of_rows(
    resource: Warehouse, tmp_path: Path
):
    write_suite(tmp_path, "core.fct_ticket", FAILS, HOLDS, sample=["ticket_id"])
    result, _ = run_job(resource, tmp_path)
    kept = resource.connection.execute("select * from meta.expectation_result order by expectation")
    names = [column[0] for column in kept.description]
    rows = [dict(zip(names, row, strict=True)) for row in kept.fetchall()]
    assert [(r["run_id"], r["gate"], r["table_name"]) for r in rows] == [
        (result.run_id, "core", "core.fct_ticket")
    ] * 2
    assert [(r["expectation"], r["outcome"], r["failing_rows_n"]) for r in rows] == [
        ("few", "failed", 1),
        ("fine", "passed", 0),
    ]
    assert [r["owner"] for r in rows] == ["data-engineering"] * 2
    assert "t1" not in str(rows)
