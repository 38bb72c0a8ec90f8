"""What a run decides to do, from what has landed and what was published before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.loads import Stream, record_envelopes
from pipelines.plan import (
    CANONICAL_SCHEMAS,
    MART_SCHEMAS,
    NothingDeliveredError,
    Plan,
    begin_run,
    ensure_run,
    finish_run,
    make_plan,
    nodes_to_build,
)
from pipelines.settings import Home, Settings, default_parameters
from pipelines.warehouse import connect, create_empty_tables

T0 = datetime(2026, 4, 1, 3, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=Home(tmp_path / "home").create(), parameters=default_parameters())


@pytest.fixture
def connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(settings.home) as opened:
        create_empty_tables(opened)
        yield opened


def land(connection: duckdb.DuckDBPyConnection, load_id: int, entity: str, at: datetime) -> None:
    connection.execute(
        "insert into meta.load values (?, 'r', 'files', ?, ?, ?, 1, 0, ?, null)",
        [load_id, entity, f"{entity}.csv", f"hash{load_id}", at],
    )


def publish(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    begin_run(connection, plan, datetime.now(UTC))
    connection.execute("update meta.load set built_run_id = ?", [plan.run_id])
    finish_run(connection, plan.run_id, "published", datetime.now(UTC))


def published_once(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    land(connection, 1, "customers", T0)
    publish(connection, make_plan(connection, settings, "run-1", is_published=False))


def test_without_any_data_the_next_step_is_named(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    with pytest.raises(NothingDeliveredError, match="customers.csv"):
        make_plan(connection, settings, "run-1", is_published=False)


def test_the_first_run_builds_everything_as_of_its_last_load(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    land(connection, 1, "customers", T0)
    plan = make_plan(connection, settings, "run-1", is_published=False)
    assert (plan.rebuild_canonical, plan.rebuild_core, plan.as_of) == (True, True, T0)


def test_nothing_new_is_no_work(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    published_once(connection, settings)
    assert not make_plan(connection, settings, "run-2", is_published=True).has_work


def test_lost_published_files_are_made_again(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    published_once(connection, settings)
    assert make_plan(connection, settings, "run-2", is_published=False).rebuild_core


def test_new_rows_of_a_known_entity_are_an_increment(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    published_once(connection, settings)
    land(connection, 2, "customers", T0 + timedelta(days=1))
    plan = make_plan(connection, settings, "run-2", is_published=True)
    assert plan.has_work
    assert not plan.rebuild_canonical
    assert not plan.rebuild_core
    assert (plan.previous_as_of, plan.as_of) == (T0, T0 + timedelta(days=1))


def test_an_entity_delivered_for_the_first_time_rebuilds(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    published_once(connection, settings)
    land(connection, 2, "tickets", T0 + timedelta(days=1))
    plan = make_plan(connection, settings, "run-2", is_published=True)
    assert plan.rebuild_canonical
    assert "first delivery of tickets" in plan.reason


def test_another_as_of_rebuilds_what_depends_on_it(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    published_once(connection, settings)
    earlier = replace(settings, as_of=T0 - timedelta(days=60))
    plan = make_plan(connection, earlier, "run-2", is_published=True)
    assert (plan.rebuild_canonical, plan.rebuild_core) == (False, True)
    same = replace(settings, as_of=T0)
    assert not make_plan(connection, same, "run-3", is_published=True).has_work


def test_another_parameter_rebuilds(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    published_once(connection, settings)
    other = replace(settings, parameters=settings.parameters | {"min_cell_n": 1})
    assert make_plan(connection, other, "run-2", is_published=True).rebuild_core


def test_a_run_that_was_killed_is_done_again_in_full(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    published_once(connection, settings)
    land(connection, 2, "customers", T0 + timedelta(days=1))
    killed = make_plan(connection, settings, "run-2", is_published=True)
    begin_run(connection, killed, datetime.now(UTC))
    plan = make_plan(connection, settings, "run-3", is_published=True)
    assert plan.rebuild_core
    assert "did not finish" in plan.reason
    assert plan.as_of == killed.as_of


def test_a_run_keeps_its_plan_from_step_to_step(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    land(connection, 1, "customers", T0)
    begun = ensure_run(connection, settings, "run-1", is_published=False)
    land(connection, 2, "customers", T0 + timedelta(days=1))
    again = ensure_run(connection, settings, "run-1", is_published=False)
    assert (again.as_of, again.rebuild_core, again.reason) == (
        begun.as_of, begun.rebuild_core, begun.reason,
    )  # fmt: skip


MANIFEST = {
    "nodes": {
        f"model.mittaristo.{name}": {"name": name, "schema": schema, "resource_type": "model"}
        for name, schema in [
            ("stg_files__customers", "staging"),
            ("quarantine_customers", "quarantine"),
            ("customers", "canonical"),
            ("stg_files__tickets", "staging"),
            ("unfolded_shop__tickets", "staging"),
            ("stg_shop__tickets", "staging"),
            ("shop_event", "staging"),
            ("unfolded_shop__customers", "staging"),
            ("tickets", "canonical"),
            ("churn_value", "marts"),
        ]
    }
    | {
        "seed.mittaristo.currency": {
            "name": "currency", "schema": "meta", "resource_type": "seed",
        }
    },
    "sources": {
        "source.mittaristo.raw_files.customers": {"name": "customers", "schema": "raw_files"},
        "source.mittaristo.raw_files.tickets": {"name": "tickets", "schema": "raw_files"},
        "source.mittaristo.raw_shop.invoices": {"name": "invoices", "schema": "raw_shop"},
        "source.mittaristo.meta.load": {"name": "load", "schema": "meta"},
    },
    "parent_map": {
        "model.mittaristo.stg_shop__tickets": ["model.mittaristo.unfolded_shop__tickets"],
        "model.mittaristo.unfolded_shop__tickets": ["model.mittaristo.shop_event"],
    },
    "child_map": {
        "source.mittaristo.raw_files.customers": ["model.mittaristo.stg_files__customers"],
        "model.mittaristo.stg_files__customers": ["model.mittaristo.customers"],
        "model.mittaristo.customers": ["model.mittaristo.churn_value"],
        "source.mittaristo.raw_files.tickets": ["model.mittaristo.stg_files__tickets"],
        "model.mittaristo.stg_files__tickets": ["model.mittaristo.tickets"],
        "source.mittaristo.raw_shop.invoices": [
            "model.mittaristo.unfolded_shop__tickets", "model.mittaristo.unfolded_shop__customers",
        ],
        "model.mittaristo.unfolded_shop__tickets": ["model.mittaristo.stg_shop__tickets"],
        "model.mittaristo.stg_shop__tickets": ["model.mittaristo.tickets"],
        "model.mittaristo.unfolded_shop__customers": ["model.mittaristo.customers"],
    },
}  # fmt: skip


def plan_for(rebuild: bool, delivered: set[Stream], pending: set[Stream]) -> Plan:
    return Plan(
        "r", T0, None, "f", rebuild, rebuild, frozenset(delivered), frozenset(pending), "why"
    )


CUSTOMERS, TICKETS = Stream("files", "customers"), Stream("files", "tickets")


def test_a_full_build_leaves_out_entities_nobody_delivered() -> None:
    nodes = nodes_to_build(MANIFEST, plan_for(True, {CUSTOMERS}, {CUSTOMERS}), CANONICAL_SCHEMAS)
    assert sorted(nodes.values()) == [
        "currency", "customers", "quarantine_customers", "stg_files__customers",
    ]  # fmt: skip


def test_an_increment_builds_only_what_lies_below_new_rows() -> None:
    plan = plan_for(False, {CUSTOMERS, TICKETS}, {CUSTOMERS})
    assert sorted(nodes_to_build(MANIFEST, plan, CANONICAL_SCHEMAS).values()) == [
        "customers", "stg_files__customers",
    ]  # fmt: skip
    assert list(nodes_to_build(MANIFEST, plan, MART_SCHEMAS).values()) == ["churn_value"]


def test_an_envelope_is_built_into_every_entity_it_holds_rows_of_and_no_other_source() -> None:
    invoices = Stream("shop", "invoices")
    plan = plan_for(True, {invoices}, {invoices})
    assert sorted(nodes_to_build(MANIFEST, plan, CANONICAL_SCHEMAS).values()) == [
        "currency", "customers", "quarantine_customers", "shop_event", "stg_shop__tickets",
        "tickets", "unfolded_shop__customers", "unfolded_shop__tickets",
    ]  # fmt: skip


def test_a_new_version_of_a_lookup_is_a_full_build(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    published_once(connection, settings)
    land(connection, 2, "customers", T0)
    record_envelopes(connection, 2, revised_lookups_n=0)
    assert not make_plan(connection, settings, "run-2", is_published=True).rebuild_canonical
    connection.execute("update meta.envelope_load set revised_lookups_n = 1")
    plan = make_plan(connection, settings, "run-2", is_published=True)
    assert plan.rebuild_canonical
    assert plan.reason == "changed customers"


def test_rates_of_the_ecb_say_nothing_of_how_far_the_company_reaches(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    land(connection, 1, "fx_rates", T0 + timedelta(days=1))
    connection.execute("update meta.load set source = 'ecb'")
    with pytest.raises(NothingDeliveredError):
        make_plan(connection, settings, "run-1", is_published=False)
    land(connection, 2, "customers", T0)
    assert make_plan(connection, settings, "run-1", is_published=False).as_of == T0
