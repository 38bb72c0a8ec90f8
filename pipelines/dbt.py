"""dbt inside this process: one parsed manifest, one runner, one DuckDB instance.

Four dbt command lines cost more than the models of a small company, so the parsed project is kept
in target/ (made by `make setup`, renewed here when a file of the project changed) and handed to
`dbtRunner`. Importing this module must stay cheap: dbt itself is imported where it is used.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pipelines.contract import PROJECT_DIR
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

TARGET_DIR = PROJECT_DIR / "target"
MANIFEST_JSON = TARGET_DIR / "manifest.json"
PARSED = TARGET_DIR / "partial_parse.msgpack"
PARSED_FROM = TARGET_DIR / "parsed_from.txt"
# What a Python model raises about a value that a source delivered.
INPUT_ERRORS = {"ScheduleError"}
PROJECT_PARTS = ("models", "macros", "seeds", "dbt_project.yml")


class DbtError(RuntimeError):
    """A model or the project could not be built; the message names the first failing node."""


class ModelInputError(ValueError):
    """A Python model cannot read a value of the input; the message says which and what to write."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or seed."""

    unique_id: str
    relation: str
    seconds: float
    compiled_sql: str | None


def project_fingerprint() -> str:
    """Hash of everything that decides what a model computes, parameters aside."""
    digest = sha256()
    for part in PROJECT_PARTS:
        path = PROJECT_DIR / part
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            if file.suffix != ".pyc":
                digest.update(str(file.relative_to(PROJECT_DIR)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def build_fingerprint(parameters: Mapping[str, Any]) -> str:
    """Two builds with equal fingerprints and equal input compute equal figures."""
    text = json.dumps(parameters, sort_keys=True, default=str)
    return sha256((project_fingerprint() + text).encode()).hexdigest()


def _invoke(arguments: list[str], manifest: Manifest | None = None) -> Any:
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from dbt.cli.main import dbtRunner

    common = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    common += ["--quiet", "--no-use-colors", "--log-level-file", "none"]
    return dbtRunner(manifest=manifest).invoke([*arguments, *common])


def parse() -> None:
    """Parse the project into target/. Raises DbtError with dbt's own message."""
    fingerprint = project_fingerprint()
    outcome = _invoke(["parse", "--target-path", str(TARGET_DIR)])
    if not outcome.success:
        raise DbtError(f"the dbt project does not parse: {outcome.exception}")
    PARSED_FROM.write_text(fingerprint, encoding="ascii")


def ensure_parsed() -> None:
    """Parse again only when a file of the project changed since the last parse."""
    if not (MANIFEST_JSON.exists() and PARSED.exists() and PARSED_FROM.exists()) or (
        PARSED_FROM.read_text(encoding="ascii") != project_fingerprint()
    ):
        parse()


def manifest_json() -> dict[str, Any]:
    """The manifest as plain data, for the asset graph and for `explain`.

    Raises DbtError when `make setup` has not run.
    """
    if not MANIFEST_JSON.exists():
        raise DbtError(f"{MANIFEST_JSON.name} is missing; run `make setup`, or `mittaristo doctor`")
    document: dict[str, Any] = json.loads(MANIFEST_JSON.read_text(encoding="utf-8"))
    return document


class Dbt:
    """Builds chosen nodes of the project in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._manifest: Manifest | None = None

    def _parsed(self) -> Manifest:
        if self._manifest is None:
            from dbt.contracts.graph.manifest import Manifest

            ensure_parsed()
            self._manifest = Manifest.from_msgpack(PARSED.read_bytes())
            self._manifest.build_flat_graph()  # type: ignore[no-untyped-call]
        return self._manifest

    def build(self, names: Iterable[str], full_refresh: bool) -> list[NodeResult]:
        """Run the named models and seeds in the order of their dependencies.

        Raises DbtError naming the first node that failed and the database's message, or
        ModelInputError.
        """
        selection = sorted(names)
        if not selection:
            return []
        home = self._settings.home
        os.environ["MITTARISTO_HOME"] = str(home.path)
        os.environ["MITTARISTO_WAREHOUSE"] = str(home.warehouse)
        arguments = ["build", "--resource-type", "model", "--resource-type", "seed"]
        arguments += ["--target-path", str(home.dbt_target), "--select", *selection]
        arguments += ["--vars", json.dumps(self._settings.parameters, default=str)]
        arguments.append("--no-write-json")
        if full_refresh:
            arguments.append("--full-refresh")
        outcome = _invoke(arguments, self._parsed())
        results = getattr(outcome.result, "results", None) or []
        for result in results:
            if result.status in ("error", "fail"):
                raise _failure(result.node.original_file_path, result.message)
        if not outcome.success:
            raise DbtError(f"dbt stopped: {outcome.exception}")
        return [
            NodeResult(
                unique_id=result.node.unique_id,
                relation=f"{result.node.schema}.{result.node.alias}",
                seconds=result.execution_time,
                compiled_sql=getattr(result.node, "compiled_code", None),
            )
            for result in results
        ]


def _failure(file: str, message: str) -> DbtError | ModelInputError:
    """What dbt says of a failed node; of a Python model's traceback, what was raised at its end."""
    _, traceback, raised = message.rpartition("Traceback (most recent call last)")
    last = re.search(r"^\s*(?:\w+\.)*(\w+): (.+)$", raised, re.MULTILINE | re.DOTALL)
    if not traceback or not last:
        return DbtError(f"{file}: {message}")
    name, says = last.groups()
    if name in INPUT_ERRORS:
        return ModelInputError(says.strip())
    return DbtError(f"{file}: {name}: {says.strip()}")


if __name__ == "__main__":
    parse()
