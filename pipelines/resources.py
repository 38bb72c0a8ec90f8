"""What assets and checks get handed: the warehouse, dbt, and the run's progress."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import duckdb

from pipelines.dbt import Dbt
from pipelines.progress import Progress
from pipelines.settings import Home, Settings
from pipelines.warehouse import connect


@dataclass
class Warehouse:
    """The settings of the runs of this code location, and the only way to the working file."""

    settings: Settings
    progress: Progress = field(default_factory=lambda: Progress(None))

    @property
    def home(self) -> Home:
        return self.settings.home

    def connect(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection for writing; raises WarehouseBusyError when another process has the file."""
        self.home.create()
        return connect(self.home)


def build_resources(settings: Settings, progress: Progress | None = None) -> dict[str, object]:
    """Resource name → object, as assets and checks ask for them by parameter name."""
    return {
        "warehouse": Warehouse(settings, progress or Progress(None)),
        "dbt": Dbt(settings),
    }
