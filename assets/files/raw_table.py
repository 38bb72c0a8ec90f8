"""raw_files.<entity>: its columns, and how rows of any format get into it.

Contract columns keep the type of the first Parquet file and are text otherwise; a column that is
delivered with two types becomes text. Every row has its position: file, row number and load.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from assets.files import sql
from assets.files.discovery import Delivery
from pipelines.contract import contract

POSITION_COLUMNS = {
    "extra": "json",
    "file": "varchar",
    "row_no": "bigint",
    "content_hash": "varchar",
    "load_id": "bigint",
    "loaded_at": "timestamptz",
}

UNPARSED_LINE_COLUMNS = {
    "entity": "varchar",
    "file": "varchar",
    "row_no": "bigint",
    "content_hash": "varchar",
    "load_id": "bigint",
    "loaded_at": "timestamptz",
    "error": "varchar",
    "line": "varchar",
}

# Types that staging reads as they are; everything else lands as its text.
_KEPT_TYPES = re.compile(
    r"BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|DATE"
    r"|TIMESTAMP(_S|_MS|_NS)?|TIMESTAMP WITH TIME ZONE|VARCHAR"
)


@dataclass(frozen=True)
class Landing:
    """One file on its way into the warehouse."""

    delivery: Delivery
    content_hash: str
    load_id: int
    loaded_at: datetime

    @property
    def table(self) -> str:
        return f"raw_files.{self.delivery.entity}"


@dataclass(frozen=True)
class Landed:
    """What came of it; `names` are the columns the file has, in the contract or not."""

    rows_n: int
    unparsed_n: int
    names: tuple[str, ...]


def column_list(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql.name(name)} {data_type}" for name, data_type in columns.items())


def prepare(
    connection: duckdb.DuckDBPyConnection, landing: Landing, delivered: Mapping[str, str]
) -> dict[str, str]:
    """Make the entity's table fit a file whose columns have these types.

    Returns the types of the contract columns of the table as they are afterwards.
    """
    entity = contract()[landing.delivery.entity]
    wanted = {column.name: kept_type(delivered.get(column.name)) for column in entity.columns}
    columns = column_list(wanted | POSITION_COLUMNS)
    connection.execute(f"create table if not exists {landing.table} ({columns})")
    # A header alone brought no types to keep.
    if not connection.execute(f"select 1 from {landing.table} limit 1").fetchone():
        connection.execute(f"create or replace table {landing.table} ({columns})")
    present = dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() "
            "where schema_name = 'raw_files' and table_name = ?",
            [entity.name],
        ).fetchall()
    )
    types = {}
    for name, data_type in wanted.items():
        types[name] = present[name]
        if name in delivered and data_type != present[name] != "VARCHAR":
            connection.execute(
                f"alter table {landing.table} alter {sql.name(name)} set data type varchar "
                f"using {as_text(sql.name(name), present[name])}"
            )
            types[name] = "VARCHAR"
    return types


def kept_type(data_type: str | None) -> str:
    """The type a delivered column lands with."""
    return data_type if data_type and _KEPT_TYPES.fullmatch(data_type) else "VARCHAR"


def as_text(expression: str, data_type: str) -> str:
    """SQL for a value as a person would type it: a whole number has no decimal point."""
    if data_type in ("FLOAT", "DOUBLE"):
        return (
            f"case when {expression} = trunc({expression}) and abs({expression}) < 1e15 "
            f"then cast(cast({expression} as bigint) as varchar) "
            f"else cast({expression} as varchar) end"
        )
    if data_type.startswith(("STRUCT", "MAP", "UNION")) or data_type.endswith("]"):
        return f"case when {expression} is not null then cast(to_json({expression}) as varchar) end"
    return f"cast({expression} as varchar)"


def insert_rows(
    connection: duckdb.DuckDBPyConnection,
    landing: Landing,
    values: Mapping[str, str],
    row_no: str,
    source: str,
    extra: str = "null",
) -> int:
    """Land the rows of a query's FROM clause in one statement; returns how many.

    `values` maps contract columns, and `extra` all others together, to SQL over `source`.
    """
    columns = [*values, *POSITION_COLUMNS]
    row = connection.execute(
        f"insert into {landing.table} ({', '.join(map(sql.name, columns))}) "
        f"select {''.join(f'{value}, ' for value in values.values())} {extra}, "
        f"{sql.text(landing.delivery.file)}, {row_no}, {sql.text(landing.content_hash)}, "
        f"{landing.load_id}, cast({sql.text(landing.loaded_at.isoformat())} as timestamptz) "
        f"from {source}"
    ).fetchone()
    return int(row[0]) if row else 0


def insert_unparsed(
    connection: duckdb.DuckDBPyConnection,
    landing: Landing,
    row_no: str,
    error: str,
    line: str,
    source: str,
) -> int:
    """Keep the lines of a query's FROM clause that are no rows; returns how many."""
    row = connection.execute(
        f"insert into raw_files.unparsed_line ({', '.join(UNPARSED_LINE_COLUMNS)}) "
        f"select {sql.text(landing.delivery.entity)}, {sql.text(landing.delivery.file)}, {row_no}, "
        f"{sql.text(landing.content_hash)}, {landing.load_id}, "
        f"cast({sql.text(landing.loaded_at.isoformat())} as timestamptz), {error}, {line} "
        f"from {source}"
    ).fetchone()
    return int(row[0]) if row else 0
