"""Lands a Parquet file with the types it has."""

from __future__ import annotations

import duckdb

from assets.files import sql
from assets.files.discovery import Delivery
from assets.files.raw_table import Landed, Landing, as_text, insert_rows, kept_type, prepare
from assets.files.reading import DeliveryError, check_columns
from pipelines.contract import contract

_ROW_NUMBER = "file_row_number"

# What DuckDB raises for bytes that are no Parquet; anything else is no fault of the file.
_UNREADABLE = (
    duckdb.InvalidInputException,
    duckdb.InvalidTypeException,
    duckdb.ConversionException,
    duckdb.SerializationException,
)


def land(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Landed:
    """Load the file. Raises DeliveryError."""
    delivery = landing.delivery
    try:
        return _land(connection, landing)
    except _UNREADABLE as error:
        reason = str(error).split("\n", 1)[0]
        raise DeliveryError(
            f"{delivery.file}: cannot be read as Parquet ({reason}); nothing of it is loaded: "
            "transfer or export the file again"
        ) from error


def _land(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Landed:
    delivery = landing.delivery
    reader = _reader(delivery)
    described = connection.execute(f"describe select * from {reader}").fetchall()
    columns = [(column, data_type) for column, data_type, *_ in described if column != _ROW_NUMBER]
    names = tuple(column.strip().lower() for column, _ in columns)
    check_columns(delivery, names, "schema")

    known = {column.name for column in contract()[delivery.entity].columns}
    delivered = dict(zip(names, (data_type for _, data_type in columns), strict=True))
    spelled = dict(zip(names, (sql.name(column) for column, _ in columns), strict=True))
    types = prepare(connection, landing, delivered)
    values = {
        name: spelled[name]
        if kept_type(data_type) == data_type == types[name]
        else as_text(spelled[name], data_type)
        for name, data_type in delivered.items()
        if name in known
    }
    others = ", ".join(
        f"{sql.text(name)}, {spelled[name]}" for name in delivered if name not in known
    )
    rows_n = insert_rows(
        connection,
        landing,
        values=values,
        row_no=f"{_ROW_NUMBER} + 1",
        source=reader,
        extra=f"json_object({others})" if others else "null",
    )
    return Landed(rows_n, 0, names)


def _reader(delivery: Delivery) -> str:
    return (
        f"read_parquet({sql.file(delivery.path)}, {_ROW_NUMBER} = true, binary_as_string = true, "
        "hive_partitioning = false)"
    )
