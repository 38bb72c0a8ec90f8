"""The gate on the files that were written, before anybody may open them.

Nothing else stands between a disk that lies, or a column that slipped into a mart, and the readers:
what fails here is not swapped in. Outcomes go into the warehouse's record like those of any gate,
and into the file itself, which is the only change it sees after it was checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from assets.expectations.outcomes import ExpectationOutcome, allow
from assets.expectations.record import record
from assets.expectations.scope import GateRun
from assets.expectations.suites import SUITES_DIR, Gate, read_suite, suite_files
from assets.expectations.validation import validate

GATE: Gate = "published"
# Names under which suites find the files.
BUILT, BUILT_RESTRICTED = "built", "built_restricted"


class PublishedGateError(RuntimeError):
    """A written file is not what passed the gates; what was published before stays."""


def check_files(
    connection: duckdb.DuckDBPyConnection,
    files: Mapping[str, Path],
    run_id: str,
    reasons: Mapping[str, str],
    folder: Path = SUITES_DIR,
) -> list[ExpectationOutcome]:
    """What the suites of expectations/published/ say of files that nobody has opened yet.

    `files` are those of BUILT and BUILT_RESTRICTED, `reasons` why a person lets a failure through.
    """
    run = GateRun(run_id, GATE, is_full=True)
    suites = [read_suite(file) for file in suite_files(GATE, folder).values()]
    with _attached(connection, files):
        outcomes = allow(validate(connection, suites, run), reasons)
    record(connection, outcomes, run)
    return outcomes


def note_in_file(connection: duckdb.DuckDBPyConnection, file: Path, run_id: str) -> None:
    """Write what this gate found, and who let what through, into the checked file itself."""
    connection.execute(f"attach '{file}' as {BUILT}")
    try:
        for table in ("expectation_result", "override"):
            connection.execute(f"delete from {BUILT}.meta.{table} where run_id = ?", [run_id])
            connection.execute(
                f"insert into {BUILT}.meta.{table} from meta.{table} where run_id = ?", [run_id]
            )
        connection.execute(f"checkpoint {BUILT}")
    finally:
        connection.execute(f"detach {BUILT}")


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> Iterator[None]:
    """The files as `published.<table>`, for as long as the gate looks at them."""
    connection.execute(f"drop schema if exists {GATE} cascade")
    connection.execute(f"create schema {GATE}")
    attached = []
    try:
        for name, file in files.items():
            connection.execute(f"attach '{file}' as {name} (read_only)")
            attached.append(name)
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = ?",
                [name],
            ).fetchall()
            for schema, table in tables:
                connection.execute(f"create view {GATE}.{table} as from {name}.{schema}.{table}")
        yield
    finally:
        connection.execute(f"drop schema {GATE} cascade")
        for name in attached:
            connection.execute(f"detach {name}")
