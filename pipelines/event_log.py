"""Dagster's record of every event, in SQLite files that stay open; dagster.yaml names the class.

Dagster's own class opens a file for every event and compiles every statement anew, which is most of
what a run of some hundred assets costs Dagster. The files are the same ones, at the same place:
either class reads what the other wrote.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from dagster import StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, StaticPool, create_engine

INDEX = "index"
BUSY_TIMEOUT_S = 30
KEPT_OPEN = 8


class EventLog(SqliteEventLogStorage):
    """One file a run and one for all; those used last stay open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._one_at_a_time = threading.Lock()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, object]:
        """The folder is DAGSTER_HOME; Dagster's defaults cannot be named relative to it."""
        return {"dagster_home": StringSource}

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, str],  # type: ignore[override]
    ) -> EventLog:
        """Called by Dagster with the `config` of dagster.yaml."""
        folder = Path(config_value["dagster_home"]) / "history" / "runs"
        return cls(str(folder), inst_data)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        """A connection to the events of one run, in a transaction."""
        return self._open(str(run_id), partial(super().run_connection, run_id))

    def index_connection(self) -> AbstractContextManager[Connection]:
        """A connection to what is asked across runs, in a transaction."""
        return self._open(INDEX, super().index_connection)

    @contextmanager
    def _open(
        self, shard: str, open_first: Callable[[], AbstractContextManager[Connection]]
    ) -> Iterator[Connection]:
        """The first connection to a file is made by Dagster, which makes its tables then."""
        with self._one_at_a_time:
            engine = self._engines.get(shard)
            if engine is None:
                with open_first() as connection:
                    yield connection
                self._keep(shard)
            else:
                self._engines.move_to_end(shard)
                with engine.begin() as connection:
                    yield connection

    def _keep(self, shard: str) -> None:
        self._engines[shard] = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        )
        if len(self._engines) > KEPT_OPEN:
            _, oldest = self._engines.popitem(last=False)
            oldest.dispose()
