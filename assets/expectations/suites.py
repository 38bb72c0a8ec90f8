"""The suites of expectations/, read into types.

What belongs here: the format, and every complaint about a suite that needs neither the warehouse
nor Great Expectations. docs/decisions/gates.md explains the format to those who write suites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from pipelines.contract import PROJECT_DIR

SUITES_DIR = PROJECT_DIR / "expectations"
LIBRARY_FILE = "sql_expectations.yml"

Gate = Literal["raw", "canonical", "core", "marts", "published"]
Severity = Literal["block", "warn"]
Scope = Literal["run", "table"]

SCHEMAS_OF_GATE: Mapping[Gate, tuple[str, ...]] = {
    "raw": ("raw_files", "raw_ecb", "raw_hubspot", "raw_stripe", "raw_zendesk"),
    "canonical": ("canonical",),
    "core": ("core",),
    "marts": ("marts", "restricted"),
    "published": ("published",),
}

_SUITE_KEYS = {"table", "owner", "sample", "scope", "run_rows", "expectations"}


class SuiteError(ValueError):
    """A suite that cannot be used; the message names the file, the expectation and the remedy."""


@dataclass(frozen=True)
class Query:
    """SQL with placeholders: the rows it returns fail, or its one value is held against limits."""

    sql: str
    returns: Literal["failing_rows", "one_value"]


@dataclass(frozen=True)
class Expectation:
    """One statement about a table.

    `kind` is the type in Great Expectations or of our own library, `name` what results are kept
    under. `query` is None where Great Expectations has its own. `sample` are the columns that may
    be shown of a failing row. It is left out where the relation `needs` does not exist.
    `usual_within` is how far its one value may lie from what earlier runs observed.
    """

    kind: str
    name: str
    arguments: Mapping[str, Any]
    query: Query | None
    severity: Severity
    scope: Scope
    protects: str
    sample: tuple[str, ...]
    needs: str | None = None
    usual_within: float | None = None

    @property
    def column(self) -> str | None:
        return self.arguments.get("column")

    @property
    def id(self) -> str:
        """Unique in its suite and the same in every run."""
        return f"{self.name}:{self.column}" if self.column else self.name


@dataclass(frozen=True)
class Suite:
    """Everything that is expected of one table.

    `run_rows` is the condition that selects the rows of this run where load_id cannot tell.
    """

    schema: str
    name: str
    owner: str
    file: Path
    expectations: tuple[Expectation, ...]
    run_rows: str | None

    @property
    def table(self) -> str:
        return f"{self.schema}.{self.name}"


def suite_files(gate: Gate, folder: Path = SUITES_DIR) -> dict[str, Path]:
    """The suites of a gate as table → file; opens none of them."""
    return {
        f"{schema}.{path.stem}": path
        for schema in SCHEMAS_OF_GATE[gate]
        for path in sorted((folder / schema).glob("*.yml"))
    }


def read_suite(path: Path) -> Suite:
    """The suite in a file <folder>/<schema>/<table>.yml. Raises SuiteError."""
    document = _load(path)
    if unknown := set(document) - _SUITE_KEYS:
        raise SuiteError(f"{path.name}: unknown key {min(unknown)!r}")
    for key in ("table", "owner", "expectations"):
        if not document.get(key):
            raise SuiteError(f"{path.name}: {key!r} is missing")
    schema, name = path.parent.name, path.stem
    if document["table"] != f"{schema}.{name}":
        raise SuiteError(f"{path.name}: {document['table']} belongs in another file")
    library = _library(path.parent.parent / LIBRARY_FILE)
    expectations = []
    for entry in document["expectations"]:
        try:
            expectations.append(_expectation(entry, document, library))
        except SuiteError as error:
            raise SuiteError(f"{schema}/{path.name}: {entry.get('expect')}: {error}") from error
    ids = [expectation.id for expectation in expectations]
    if repeated := {i for i in ids if ids.count(i) > 1}:
        raise SuiteError(f"{schema}/{path.name}: {min(repeated)} stands twice; name the second one")
    return Suite(
        schema, name, document["owner"], path, tuple(expectations), document.get("run_rows")
    )


def _expectation(
    entry: Mapping[str, Any], document: Mapping[str, Any], library: Mapping[str, Query]
) -> Expectation:
    arguments = dict(entry)
    kind = arguments.pop("expect", None)
    protects = arguments.pop("protects", None)
    if not kind or not protects:
        raise SuiteError("say what is expected ('expect') and what that protects ('protects')")
    severity = arguments.pop("severity", None)
    if severity not in get_args(Severity):
        raise SuiteError(f"severity is block or warn, not {severity!r}")
    scope = arguments.pop("scope", document.get("scope", "table"))
    if scope not in get_args(Scope):
        raise SuiteError(f"scope is run or table, not {scope!r}")
    name = arguments.pop("name", kind)
    needs = arguments.pop("needs", None)
    usual_within = arguments.pop("usual_within", None)
    sample = tuple(arguments.pop("sample", document.get("sample", ())))
    query = _take_query(arguments) or library.get(kind)
    if query is None and not kind.startswith("expect_"):
        raise SuiteError(f"brings no query, is not in {LIBRARY_FILE} and not called expect_…")
    is_value = query is not None and query.returns == "one_value"
    has_limits = bool({"min_value", "max_value"} & set(arguments))
    if is_value and has_limits == (usual_within is not None):
        raise SuiteError("a value needs min_value, max_value or both, or else usual_within")
    if usual_within is not None and not is_value:
        raise SuiteError("usual_within judges one value")
    return Expectation(
        kind, name, arguments, query, severity, scope, protects, sample, needs, usual_within
    )


def _take_query(source: dict[str, Any]) -> Query | None:
    if "failing_rows" in source:
        return Query(source.pop("failing_rows"), "failing_rows")
    if "one_value" in source:
        return Query(source.pop("one_value"), "one_value")
    return None


@cache
def _library(path: Path) -> Mapping[str, Query]:
    """Our own expectations by name; empty where a folder of suites has none."""
    if not path.exists():
        return {}
    queries = {name: _take_query(dict(entry)) for name, entry in _load(path).items()}
    return {name: query for name, query in queries.items() if query}


def _load(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    if not isinstance(document, dict):
        raise SuiteError(f"{path.name}: is no YAML mapping")
    return document
