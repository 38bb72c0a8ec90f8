"""Rows in quarantine for a person: which, why, and letting one through.

A row leaves by itself when the source delivers it right. A release lets one in as it was delivered,
which only works for a row that can be read: it breaks a limit, or names a parent that never came.
Values of personal columns are masked where staging writes reasons and payload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.contract import contract

# How the reasons end that do not keep a row from being read (macros/contract/).
_RELEASABLE = re.compile(r'is (below|not above) -?[\d.]+$|: no row ".*" in \w+$')


class QuarantineError(ValueError):
    """What was asked for cannot be; the message says why and what to do."""


@dataclass(frozen=True)
class Held:
    """One row in quarantine; `row_no` as in the delivered file."""

    entity: str
    load_id: int
    file: str
    row_no: int
    reasons: str
    first_seen_at: datetime
    is_waiting: bool
    payload: str


@dataclass(frozen=True)
class HeldGroup:
    """Rows of one file that break the same rule of the same field."""

    entity: str
    file: str
    rule: str
    rows_n: int
    first_seen_at: datetime
    first_row_no: int


def held(
    connection: duckdb.DuckDBPyConnection,
    entity: str | None = None,
    file: str | None = None,
    row_nos: Sequence[int] = (),
) -> Iterator[Held]:
    """The rows set aside now, by entity, file and row. Raises QuarantineError."""
    for name in _tables(connection, entity):
        rows = connection.execute(
            "select load_id, file, row_no, reasons, first_seen_at, is_waiting, payload "
            f"from quarantine.{name} "
            "where ($file is null or file = $file) "
            "and (len($rows) = 0 or list_contains($rows, row_no)) "
            "order by file, load_id, row_no",
            {"file": file, "rows": list(row_nos)},
        )
        while row := rows.fetchone():
            load_id, held_file, row_no, reasons, first_seen_at, is_waiting, payload = row
            yield Held(
                name, load_id, held_file, row_no, reasons, first_seen_at, is_waiting, payload
            )


def groups(connection: duckdb.DuckDBPyConnection, entity: str | None = None) -> list[HeldGroup]:
    """How many rows break which rule, most first. Raises QuarantineError."""
    found: list[HeldGroup] = []
    for name in _tables(connection, entity):
        rows = connection.execute(
            # Without the value in quotation marks, what is left of a reason is its rule.
            "select file, regexp_replace(reasons, '\"[^\"]*\"', '…', 'g') as rule, count(*), "
            f"min(first_seen_at), min(row_no) from quarantine.{name} group by file, rule"
        ).fetchall()
        found += [HeldGroup(name, *row) for row in rows]
    return sorted(found, key=lambda group: (-group.rows_n, group.entity, group.file, group.rule))


def export(connection: duckdb.DuckDBPyConnection, target: Path, entity: str | None = None) -> int:
    """Write all rows to a CSV file; returns how many. Raises QuarantineError."""
    tables = _tables(connection, entity)
    if not tables:
        return 0
    if target.exists():
        raise QuarantineError(f"{target} exists; name a file that does not")
    rows = " union all ".join(
        "select entity, source, file, row_no, reasons, first_seen_at, is_waiting, payload "
        f"from quarantine.{name}"
        for name in tables
    )
    path = str(target).replace("'", "''")
    counted = connection.execute(
        f"copy ({rows} order by entity, file, row_no) to '{path}' (format csv, header)"
    ).fetchone()
    return int(counted[0]) if counted else 0


def release(
    connection: duckdb.DuckDBPyConnection,
    entity: str,
    file: str,
    row_nos: Sequence[int],
    why: str,
    now: datetime,
) -> list[Held]:
    """Let rows in as they were delivered; the next run builds them. Returns the rows.

    Raises QuarantineError when a row is not there or cannot be read; then nothing is released.
    """
    if not why.strip():
        raise QuarantineError("a release needs a reason: it is kept in meta.released_row")
    rows = list(held(connection, entity, file, row_nos))
    missing = sorted(set(row_nos) - {row.row_no for row in rows})
    if missing or not rows:
        named = ", ".join(map(str, missing or row_nos)) or "no row"
        raise QuarantineError(
            f"{entity}: {file} row {named} is not in quarantine; `mittaristo quarantine show "
            f"{entity}` lists what is"
        )
    for row in rows:
        if unreadable := [r for r in _split(row.reasons) if not _RELEASABLE.search(r)]:
            raise QuarantineError(
                f"{entity}: {file} row {row.row_no} cannot be released ({unreadable[0]}): there is "
                "no value to let in. Correct it at the source and deliver the file again"
            )
    connection.executemany(
        "insert into meta.released_row values (?, ?, ?, ?, ?, ?, null)",
        [[entity, row.load_id, row.row_no, row.reasons, why.strip(), now] for row in rows],
    )
    return rows


def _split(reasons: str) -> list[str]:
    """A row's reasons one by one; a field's name and a colon begin each."""
    return re.split(r"; (?=\w+: )", reasons)


def _tables(connection: duckdb.DuckDBPyConnection, entity: str | None) -> list[str]:
    if entity is not None and entity not in contract():
        raise QuarantineError(
            f"{entity!r} is no entity of the contract; known are {', '.join(sorted(contract()))}"
        )
    rows = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'quarantine' "
        "and ($entity is null or table_name = $entity) order by table_name",
        {"entity": entity},
    ).fetchall()
    return [name for (name,) in rows]
