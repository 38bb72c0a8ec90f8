"""The graph that Dagster sees: one address per table, and no layer that can pass its gate by."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.loads import Stream
from pipelines.settings import Home, Settings, default_parameters

SETTINGS = Settings(home=Home(Path("home")), parameters=default_parameters())
LAYERS = [
    ("canonical", "gate_raw"),
    ("core", "gate_canonical"),
    ("marts", "gate_core"),
    ("publish", "gate_marts"),
]


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    return build_defs(SETTINGS)


@pytest.fixture(scope="module")
def waits_for(defs: dg.Definitions) -> dict[str, set[str]]:
    return steps_before(defs)


def steps_before(defs: dg.Definitions) -> dict[str, set[str]]:
    """Step → the steps it cannot start without."""
    dependencies = defs.resolve_job_def("refresh").dependencies
    return {
        step.name: {
            upstream.node
            for inputs in needed.values()
            for upstream in inputs.get_node_dependencies()
        }
        for step, needed in dependencies.items()
    }


def test_a_vendor_has_assets_when_its_section_is_there_and_nothing_is_asked_of_it(
    defs: dg.Definitions,
) -> None:
    def streams(found: dg.Definitions) -> set[str]:
        keys = found.resolve_asset_graph().get_all_asset_keys()
        return {key.path[1] for key in keys if key.path[0] == "raw_stripe"}

    assert streams(defs) == set()
    section = {"streams": ["customers"], "base_url": "http://127.0.0.1:9"}
    configured = replace(SETTINGS, vendors={"stripe": section})
    assert streams(build_defs(configured)) == {"customers", "events"}
    with_files = build_defs(configured, delivered={Stream("files", "tickets")})
    assert streams(with_files) == {"customers", "events"}


@pytest.mark.parametrize(("layer", "gate"), LAYERS)
def test_no_layer_starts_before_the_gate_above_it(
    waits_for: dict[str, set[str]], layer: str, gate: str
) -> None:
    assert gate in waits_for[layer]


@pytest.mark.parametrize("entity", ["changes", "tickets", "orders"])
def test_a_run_leaves_out_what_nobody_delivered_and_no_gate(entity: str) -> None:
    defs = build_defs(SETTINGS, delivered={Stream("files", entity)})
    before = steps_before(defs)
    assert all(gate in before[layer] for layer, gate in LAYERS)
    selected = defs.resolve_job_def("refresh").asset_layer.selected_asset_keys
    raw = {key.path[1] for key in selected if key.path[0] == "raw_files"}
    assert raw == {entity, "customers"}
    assert dg.AssetKey(["marts", "metric_value"]) in selected


def test_every_check_of_a_gate_blocks(defs: dg.Definitions) -> None:
    checks = [spec for gate in defs.asset_checks or [] for spec in gate.check_specs]
    assert len(checks) > 90
    assert all(spec.blocking for spec in checks)


@pytest.mark.parametrize(
    "key", ["raw_files/tickets", "canonical/tickets", "core/fct_ticket", "marts/churn_value",
            "restricted/agent_kpi", "published/current"],
)  # fmt: skip
def test_each_table_has_the_one_address(defs: dg.Definitions, key: str) -> None:
    spec = defs.resolve_assets_def(dg.AssetKey(key.split("/"))).get_asset_spec(
        dg.AssetKey(key.split("/"))
    )
    assert spec.group_name
    assert spec.owners
    assert spec.kinds
    assert spec.description


def test_one_writer_at_a_time(defs: dg.Definitions) -> None:
    operations = [definition.op for definition in (defs.assets or [])]
    operations += [gate.op for gate in (defs.asset_checks or [])]
    assert len(operations) == 10
    assert {operation.pool for operation in operations} == {"duckdb_writer"}


def test_nothing_slow_is_imported_when_the_code_location_loads() -> None:
    script = (
        "import sys; from pipelines.definitions import build_defs; build_defs(); "
        "print(sorted({'great_expectations', 'dbt.cli', 'pandas'} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
