"""One address everywhere: the folders of the project mirror the database, and stay portable."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from assets.publish import META_TABLES
from assets.vendors import VENDORS
from pipelines.contract import PROJECT_DIR, contract
from pipelines.dbt import manifest_json
from tests.support.vendor_streams import STREAMS_OF_VENDORS

FIXED_NAMES = (
    "pyproject.toml", "pipelines", "models", "assets", "expectations", "tests", "workspace.yaml",
)  # fmt: skip
MODELS = PROJECT_DIR / "models"
# Files under models/ that describe no single model.
SHARED_YAML = {"groups.yml", "sources.yml", "_sources.yml"}
# Written by Python, not by a model.
TABLES_WITHOUT_MODEL = {
    "raw_files": {*contract(), "unparsed_line"},
    "raw_ecb": {"fx_rates"},
    "meta": {"row_account", "load", "metric"},
}

PUBLISHED_SCHEMAS = ("marts", "restricted")

# Put together here so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(
    r"(?<![\w.~$}-])/(?:" + "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me", "t" + "mp")) + r")/\w"
)
REGISTRY = re.compile("py" + r"pi\.|pythonho" + r"sted|/sim" + r"ple\b")


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [PROJECT_DIR / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_the_fixed_names_are_in_place() -> None:
    assert [name for name in FIXED_NAMES if not (PROJECT_DIR / name).exists()] == []


def test_every_model_has_a_description_of_the_same_stem_and_none_is_left_over() -> None:
    models = {p.with_suffix("") for p in MODELS.rglob("*") if p.suffix in (".sql", ".py")}
    described = {p.with_suffix("") for p in MODELS.rglob("*.yml") if p.name not in SHARED_YAML}
    assert len(models) > 100
    assert models == described


def test_a_model_lies_in_the_folder_of_its_schema() -> None:
    nodes = [n for n in manifest_json()["nodes"].values() if n["resource_type"] == "model"]
    assert nodes
    astray = [
        node["original_file_path"]
        for node in nodes
        if Path(node["original_file_path"]).parts[1] != node["schema"]
    ]
    assert astray == []


def test_a_description_opens_with_the_grain() -> None:
    nodes = [n for n in manifest_json()["nodes"].values() if n["resource_type"] == "model"]
    assert [n["name"] for n in nodes if not n["description"].startswith("One row")] == []


def test_every_mart_has_an_enforced_contract() -> None:
    marts = [
        node
        for node in manifest_json()["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in ("marts", "restricted")
    ]
    assert {"cohort_retention", "churn_value", "discount_gap"} <= {n["name"] for n in marts}
    assert [n["name"] for n in marts if not n["contract"]["enforced"]] == []


def test_every_table_has_a_suite_of_expectations_and_every_suite_a_relation() -> None:
    """A view stores nothing, so it needs none: what is made from it is checked where it stands.

    Lines that nobody could read are no table of data; meta.row_account counts them.
    """
    suites = {
        (path.parent.name, path.stem)
        for path in (PROJECT_DIR / "expectations").rglob("*.yml")
        if path.parent.name != "expectations"
    }
    models = {
        (node["schema"], node["alias"]): node["config"]["materialized"]
        for node in manifest_json()["nodes"].values()
        if node["resource_type"] == "model"
        and node["schema"] in ("canonical", "core", "marts", "restricted")
    }
    raw = {(s, t) for s in ("raw_files", "raw_ecb") for t in TABLES_WITHOUT_MODEL[s]}
    raw |= {
        (f"raw_{source}", stream)
        for source, streams in STREAMS_OF_VENDORS.items()
        for stream in streams
    }
    tables = {address for address, kind in models.items() if kind != "view"} | raw
    tables -= {("raw_files", "unparsed_line")}
    tables |= {("published", table) for schema, table in tables if schema in PUBLISHED_SCHEMAS}
    tables |= {("published", table) for table in META_TABLES}
    assert STREAMS_OF_VENDORS.keys() == VENDORS.keys()
    assert len(tables) > 200
    assert tables - suites == set()
    assert suites - tables - models.keys() == set()


def test_no_tracked_file_names_a_path_of_this_machine_or_a_registry() -> None:
    found = [
        f"{path.relative_to(PROJECT_DIR)}: {match.group()}"
        for path in _tracked()
        for pattern in (MACHINE_PATH, REGISTRY)
        if (match := pattern.search(_text(path)))
    ]
    assert found == []


def test_the_lock_pins_every_requirement_by_hash_and_holds_no_address() -> None:
    lock = (PROJECT_DIR / "requirements.lock").read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=\S)", lock.strip())
    assert len(requirements) > 100
    assert [r for r in requirements if "==" not in r or "--hash=sha256:" not in r] == []
    assert "://" not in lock
    assert not re.search(r"^(?:-|--)|\bfile:|\s@\s", lock, re.MULTILINE)


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in _tracked() if path.suffix == ".md"]
    assert len(pages) > 10
    dead = [
        f"{page.relative_to(PROJECT_DIR)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)\)", _text(page))
        if not (page.parent / link).exists()
    ]
    assert dead == []


def test_every_decision_is_in_the_index() -> None:
    folder = PROJECT_DIR / "docs" / "decisions"
    index = _text(folder / "README.md")
    pages = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert pages == {name for name in pages if f"({name})" in index}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_production_code_imports_nothing_that_is_only_for_development() -> None:
    modules = [
        p for folder in ("pipelines", "assets") for p in (PROJECT_DIR / folder).rglob("*.py")
    ]
    assert len(modules) > 20
    forbidden = {"simulator", "tests", "tools", "pytest", "hypothesis"}
    # The demo simulates a company; tests/unit/pipelines/test_demo.py proves that nothing else does.
    found = {p.name: _imports(p) & forbidden for p in modules if _imports(p) & forbidden}
    assert found == {"demo.py": {"simulator"}}
