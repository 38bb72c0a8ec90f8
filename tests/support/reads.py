"""A warehouse file that a source is read into, run after run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import duckdb

from assets.api.clock import Clock
from assets.api.landing import Landing, Reading
from pipelines.warehouse import create_empty_tables
from tests.support.clock import FakeClock


class Reads(ABC):
    """What the readings of any vendor have in common; `options` are those of its section."""

    source: ClassVar[str]
    lookups: ClassVar[tuple[str, ...]] = ()

    def __init__(self, file: Path, clock: Clock | None = None, **options: Any) -> None:
        self.file = file
        self.clock = clock or FakeClock()
        self.options = self.usual_options() | options
        self.runs_n = 0
        with self.connect() as connection:
            create_empty_tables(connection)

    @abstractmethod
    def usual_options(self) -> dict[str, Any]:
        """Options that tests have no opinion on."""

    @abstractmethod
    def read(self, landing: Landing, address: str, records_per_chunk: int) -> list[Reading]:
        """One reading of the server at an address. Raises SourceError."""

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.file)) as connection:
            connection.execute("set timezone = 'UTC'")
            yield connection

    def run(self, address: str, records_per_chunk: int = 10_000) -> list[Reading]:
        """One run against the server at the address. Raises SourceError."""
        self.runs_n += 1
        with self.connect() as connection:
            run_id = f"run-{self.runs_n}"
            landing = Landing(connection, self.source, run_id, self.clock, self.lookups)
            return self.read(landing, address, records_per_chunk)

    def latest(self, stream: str) -> dict[str, tuple[str | None, bool]]:
        """id → payload and whether it is deleted, of the latest versions."""
        rows = self.query(
            f"select id, cast(payload as varchar), is_deleted from raw_{self.source}.{stream} "
            "qualify row_number() over (partition by id order by load_id desc, row_no desc) = 1"
        )
        return {id_: (payload, is_deleted) for id_, payload, is_deleted in rows}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(sql).fetchall()
