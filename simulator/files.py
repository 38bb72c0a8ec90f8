"""Contract files of a log: CSV or Parquet, one file per entity.

CSV writes ends in the three spellings of METRICS R3 in turn, as real sources mix them; Parquet says
them exactly. A column in which nothing stands is left out, as the contract allows.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from simulator import almanac
from simulator.log import ROW_TYPES

_TIMESTAMP = pa.timestamp("us", tz="UTC")
_ARROW_TYPES = {
    "instant": _TIMESTAMP,
    "end": _TIMESTAMP,
    "day": pa.date32(),
    "int": pa.int64(),
    "bool": pa.bool_(),
    "str": pa.string(),
    "Decimal": pa.decimal128(18, 6),
}


class Unreadable(str):
    """Text that stands where a date or a number should; only CSV can carry it."""


def column_kinds(entity: str) -> dict[str, str]:
    """Column → instant, end, day, int, bool, str or Decimal."""
    hints = get_type_hints(ROW_TYPES[entity], include_extras=True)
    return {column: _kind(hint) for column, hint in hints.items()}


def _kind(hint: Any) -> str:
    marks = getattr(hint, "__metadata__", None)
    if marks:
        return str(marks[0])
    inner = [_kind(part) for part in get_args(hint) if part is not type(None)]
    return inner[0] if inner else str(hint.__name__)


def instant_text(instant: int) -> str:
    """ISO 8601 in UTC; a local midnight is written as its date alone."""
    if almanac.is_midnight(instant):
        return almanac.date_text(almanac.local_day(instant))
    return utc_text(instant)


def utc_text(instant: int) -> str:
    """ISO 8601 in UTC, always with the clock."""
    day, second = divmod(instant, almanac.DAY_S)
    clock = f"{second // 3_600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{almanac.date_text(day)}T{clock}Z"


def _end_texts(values: Sequence[int | None]) -> list[str | None]:
    texts: list[str | None] = []
    for place, end in enumerate(values):
        if end is None:
            texts.append(None)
        elif not almanac.is_midnight(end) or place % 5 == 0:
            texts.append(utc_text(end))
        elif place % 5 == 1:
            texts.append(utc_text(end - 1))
        else:
            texts.append(almanac.date_text(almanac.local_day(end - 1)))
    return texts


def _each(convert: Callable[[Any], str]) -> Callable[[Sequence[Any]], list[str | None]]:
    def texts(values: Sequence[Any]) -> list[str | None]:
        return [
            value if value is None or value.__class__ is Unreadable else convert(value)
            for value in values
        ]

    return texts


_CSV_COLUMNS: dict[str, Callable[[Sequence[Any]], Sequence[Any]]] = {
    "instant": _each(instant_text),
    "end": _end_texts,
    "day": _each(almanac.date_text),
    "bool": _each(lambda value: "true" if value else "false"),
    "Decimal": _each(lambda value: format(value, "f")),
    "int": lambda values: values,
    "str": lambda values: values,
}


def _columns(rows: Sequence[Any], entity: str) -> dict[str, tuple[str, tuple[Any, ...]]]:
    """Column → kind and values, without the columns in which nothing stands."""
    kinds = column_kinds(entity)
    values = dict(zip(kinds, zip(*rows, strict=True), strict=True))
    return {
        column: (kind, values[column])
        for column, kind in kinds.items()
        if any(value is not None for value in values[column])
    }


def write_csv(path: Path, entity: str, rows: Sequence[Any]) -> None:
    """One entity as comma-separated text."""
    columns = _columns(rows, entity)
    texts = [_CSV_COLUMNS[kind](values) for kind, values in columns.values()]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*texts, strict=True))


_MICROSECONDS = 1_000_000


def write_parquet(path: Path, entity: str, rows: Sequence[Any]) -> None:
    """One entity as typed columns."""
    arrays = {}
    for column, (kind, values) in _columns(rows, entity).items():
        if kind in ("instant", "end"):
            values = tuple(None if value is None else value * _MICROSECONDS for value in values)
            arrays[column] = pa.array(values, pa.int64()).cast(_TIMESTAMP)
        elif kind == "day":
            arrays[column] = pa.array(values, pa.int32()).cast(pa.date32())
        else:
            arrays[column] = pa.array(values, _ARROW_TYPES[kind])
    pq.write_table(pa.table(arrays), path)


WRITERS = {"csv": write_csv, "parquet": write_parquet}


def write_files(folder: Path, files: Mapping[str, Sequence[Sequence[Any]]], form: str) -> None:
    """Entity → the rows of each of its files; `form` is csv or parquet.

    One file stands for itself, several in a folder of the entity's name. An entity without rows is
    not delivered.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write = WRITERS[form]
    for entity, parts in files.items():
        if len(parts) == 1 and parts[0]:
            write(folder / f"{entity}.{form}", entity, parts[0])
        elif len(parts) > 1:
            (folder / entity).mkdir(exist_ok=True)
            for number, rows in enumerate(parts, 1):
                write(folder / entity / f"{number}.{form}", entity, rows)
