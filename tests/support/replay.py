"""What dbt did to build one company, done again to another.

Most of a small build is dbt finding out what to say to the database. It says the same for every
company whose files have the same entities and columns, so it is written down once. What belongs
here: listening to dbt, and saying it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb

# What reads only was said to find out what to write.
_WRITES = re.compile(r"\s*(/\*.*?\*/)?\s*(create|alter|drop|insert|update|delete)\b", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A statement, or the code of a Python model and the table that it fills."""

    code: str
    fills: str | None = None

    def take(self, connection: duckdb.DuckDBPyConnection) -> None:
        if self.fills is None:
            connection.execute(self.code)
            return
        module: dict[str, Any] = {}
        exec(self.code, module)
        reads = module["dbtObj"](lambda relation: connection.query(f"select * from {relation}"))
        connection.register("filling", module["model"](reads, connection))
        connection.execute(f"create table {self.fills} as from filling")
        connection.unregister("filling")


@dataclass
class Recorder:
    """A dbt callback that remembers what each node said to the database, in order."""

    _said: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, event: Any) -> None:
        if event.info.name == "SQLQuery" and event.data.node_info.node_name:
            self._said.append((event.data.node_info.node_name, event.data.sql))

    def take(self, nodes: Iterable[Any]) -> Iterator[Step]:
        """The steps of these nodes, which were built since this was asked last."""
        # dbt fills a Python model's table without a word, and only renames it afterwards.
        in_python = {node.name: node for node in nodes if node.language == "python"}
        for name, sql in self._said:
            if not _WRITES.match(sql):
                continue
            if node := in_python.pop(name, None):
                yield Step(node.compiled_code, f"{node.schema}.{node.alias}__dbt_tmp")
            yield Step(sql)
        self._said.clear()
