"""The one sequence of loads: what landed together in one raw table, whatever its source.

A load is a file, or a chunk of an API's stream. Its number orders all that was ever delivered, so
pending work, versions and quarantine mean the same for every source. What belongs here: the numbers
and the record of a load. What does not: how rows get into raw.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import duckdb


class Stream(NamedTuple):
    """One raw table of one source; the streams of files are the contract's entities."""

    source: str
    name: str

    @property
    def table(self) -> str:
        return f"raw_{self.source}.{self.name}"

    def __str__(self) -> str:
        return self.name if self.source == "files" else f"{self.source} {self.name}"


def landed_streams(
    connection: duckdb.DuckDBPyConnection, condition: str = "true"
) -> frozenset[Stream]:
    """The streams with a load that meets the condition."""
    rows = connection.execute(
        f"select distinct source, stream from meta.load where {condition}"
    ).fetchall()
    return frozenset(Stream(*row) for row in rows)


def next_load_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the next load; to be recorded in the same transaction."""
    [(number,)] = connection.execute(
        "select coalesce(max(load_id), 0) + 1 from meta.load"
    ).fetchall()
    return int(number)


def record_load(
    connection: duckdb.DuckDBPyConnection,
    load_id: int,
    run_id: str,
    stream: Stream,
    file: str,
    content_hash: str,
    rows_n: int,
    loaded_at: datetime,
    unparsed_n: int = 0,
) -> None:
    """Note what landed; it is pending until a published build contains it."""
    connection.execute(
        "insert into meta.load values (?, ?, ?, ?, ?, ?, ?, ?, ?, null)",
        [
            load_id,
            run_id,
            stream.source,
            stream.name,
            file,
            content_hash,
            rows_n,
            unparsed_n,
            loaded_at,
        ],
    )


def record_envelopes(
    connection: duckdb.DuckDBPyConnection, load_id: int, revised_lookups_n: int
) -> None:
    """Note that a load's rows are envelopes, of which staging makes the rows of entities.

    `revised_lookups_n` are those on which rows of other loads depend, such as a product's name.
    """
    connection.execute("insert into meta.envelope_load values (?, ?)", [load_id, revised_lookups_n])
