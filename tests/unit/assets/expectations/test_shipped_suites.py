"""The suites that ship: each fits its table, and shows of a failing row what may be shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import duckdb
import pytest
import yaml

from assets.api.landing import Landing
from assets.ecb.loading import create_raw_tables
from assets.expectations.scope import GateRun
from assets.expectations.suites import SUITES_DIR, Gate, Suite, read_suite, suite_files
from assets.expectations.validation import validate
from assets.files.raw_table import POSITION_COLUMNS
from pipelines.contract import PROJECT_DIR, contract
from tests.support.clock import FakeClock
from tests.support.vendor_streams import STREAMS_OF_VENDORS

from .support import warehouse

SUITES = {
    table: path for gate in get_args(Gate) for table, path in suite_files(gate, SUITES_DIR).items()
}
OWNERS = {
    group["owner"]["name"]
    for group in yaml.safe_load((PROJECT_DIR / "models" / "groups.yml").read_text("utf-8"))[
        "groups"
    ]
}
# Who a person or an agent is, in any entity.
PERSONS = {"person_id", "agent_id", "user_id", "author_id", "actor_id", "reviewer_id", "owner_id"}


HISTORIES = {f"{name}_version" for name, entity in contract().items() if entity.has_history}
MACROS = "".join(path.read_text("utf-8") for path in (PROJECT_DIR / "macros").rglob("*.sql"))


def suites_of(schema: str) -> dict[str, Suite]:
    """Without the tables of versions, which the contract does not know."""
    return {
        table.split(".")[1]: read_suite(path)
        for table, path in SUITES.items()
        if table.startswith(f"{schema}.") and table.split(".")[1] not in HISTORIES
    }


def test_every_file_is_a_suite_of_a_gate_or_the_library():
    files = {p.relative_to(SUITES_DIR) for p in SUITES_DIR.rglob("*.yml")}
    known = {p.relative_to(SUITES_DIR) for p in SUITES.values()} | {Path("sql_expectations.yml")}
    assert files == known
    assert len(known) > 80


@pytest.mark.parametrize("schema", ["raw_files", "canonical"])
def test_every_entity_of_the_contract_has_a_suite(schema: str):
    assert set(suites_of(schema)) == set(contract())


@pytest.mark.parametrize("schema", ["core", "marts", "restricted"])
def test_every_suite_has_a_model(schema: str):
    models = {path.stem for path in (PROJECT_DIR / "models" / schema).iterdir()}
    assert suites_of(schema)
    assert set(suites_of(schema)) - models == set()


def test_every_suite_has_an_owner_of_a_group():
    assert {read_suite(path).owner for path in SUITES.values()} <= OWNERS


def test_codes_are_those_of_the_contract():
    for name, suite in suites_of("canonical").items():
        codes = {
            e.column: e.arguments["value_set"]
            for e in suite.expectations
            if e.kind == "expect_column_values_to_be_in_set"
        }
        assert codes == {
            column.name: column.rules["values"]
            for column in contract()[name].columns
            if "values" in column.rules
        }


def test_every_optional_reference_is_looked_after():
    for name, suite in suites_of("canonical").items():
        looked_after = {
            (e.column, f"{e.arguments['entity']}.{e.arguments['key']}")
            for e in suite.expectations
            if e.kind == "references_to_be_known"
        }
        assert looked_after == {
            (column.name, column.rules["references"])
            for column in contract()[name].columns
            if "references" in column.rules and not column.required
        }


def test_every_amount_that_waits_for_a_rate_blocks():
    waiting = {
        path.stem.removeprefix("quarantine_")
        for path in (PROJECT_DIR / "models" / "quarantine").glob("*.sql")
        if "rates=" in path.read_text("utf-8")
    }
    guarded = {
        name
        for name, suite in suites_of("canonical").items()
        for e in suite.expectations
        if e.kind == "every_amount_to_have_a_rate" and e.severity == "block"
    }
    assert waiting
    assert guarded == waiting


def test_nothing_personal_is_shown_of_a_failing_row():
    for path in SUITES.values():
        suite = read_suite(path)
        shown = {column for e in suite.expectations for column in e.sample}
        assert shown & PERSONS == set(), suite.table
        if suite.name in contract() and suite.schema in ("raw_files", "canonical"):
            personal = {c.name for c in contract()[suite.name].columns if c.is_personal}
            assert shown & personal == set(), suite.table


@pytest.fixture(scope="module")
def typed_and_empty() -> duckdb.DuckDBPyConnection:
    """Raw, staging, quarantine and canonical of every entity, without a row."""
    connection = warehouse()
    position = ", ".join(f"{name} {data_type}" for name, data_type in POSITION_COLUMNS.items())
    for entity in contract().values():
        columns = ", ".join(f'"{column.name}" varchar' for column in entity.columns)
        connection.execute(f"create table raw_files.{entity.name} ({columns}, {position})")
        connection.execute(
            f"create view staging.stg_files__{entity.name} as from canonical.{entity.name}"
        )
        connection.execute(
            f"create table quarantine.{entity.name} "
            "(source varchar, load_id bigint, row_no bigint, reasons varchar)"
        )
    create_raw_tables(connection)
    for vendor, streams in STREAMS_OF_VENDORS.items():
        Landing(connection, vendor, "run-1", FakeClock()).create_tables(sorted(streams))
    return connection


@pytest.mark.parametrize("is_full", [True, False])
@pytest.mark.parametrize("gate", ["raw", "canonical"])
def test_every_expectation_can_be_checked_on_its_table(
    typed_and_empty: duckdb.DuckDBPyConnection, gate: Gate, is_full: bool
):
    suites = [read_suite(path) for path in suite_files(gate).values()]
    outcomes = validate(typed_and_empty, suites, GateRun("run-1", gate, is_full))
    assert len(outcomes) == sum(len(suite.expectations) for suite in suites)
    errors = {
        f"{o.table} {o.expectation.id}": o.finding.error for o in outcomes if o.outcome == "error"
    }
    assert errors == {}


def test_sample_columns_exist():
    for schema in ("raw_files", "canonical"):
        for name, suite in suites_of(schema).items():
            known = {column.name for column in contract()[name].columns} | set(POSITION_COLUMNS)
            shown = {c for e in suite.expectations if e.kind != "fields_to_stay" for c in e.sample}
            assert shown <= known, suite.table


@pytest.mark.parametrize(
    "table", sorted(t for t in SUITES if t.startswith(("core.", "marts.", "restricted.")))
)
def test_columns_are_those_of_the_model(table: str):
    model = PROJECT_DIR / "models" / table.replace(".", "/")
    parts = [model.with_suffix(suffix) for suffix in (".sql", ".yml")]
    text = MACROS + "".join(part.read_text("utf-8") for part in parts if part.exists())
    suite = read_suite(SUITES[table])
    named = {e.column for e in suite.expectations if e.column}
    for e in suite.expectations:
        named |= set(e.arguments.get("columns", [])) | set(e.arguments.get("column_list", []))
        named |= set(e.sample)
    assert named or all(e.query or e.kind.startswith("expect_table") for e in suite.expectations)
    assert named <= set(re.findall(r"\w+", text))
