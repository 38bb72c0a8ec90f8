"""A log read back from contract files, so that the truth can be asked about companies we know."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simulator.almanac import day_of
from simulator.files import column_kinds
from simulator.log import ROW_TYPES, FxRate, Log, entities

HELSINKI = ZoneInfo("Europe/Helsinki")


def read_log(inbox: Path) -> Log:
    """Comma- or semicolon-separated text and JSON lines; columns of the contract only."""
    log = Log()
    for entity in entities():
        for path in sorted(inbox.glob(f"{entity}.*")):
            getattr(log, entity).extend(_row(entity, row) for row in _rows(path))
    return log


def read_rates(path: Path) -> list[FxRate]:
    """The ECB's table: a row per day, a column per currency, N/A where none was published."""
    with path.open(encoding="utf-8") as file:
        return [
            FxRate(currency.strip(), _value("day", row["Date"]), Decimal(rate))
            for row in csv.DictReader(file)
            for currency, rate in row.items()
            if currency.strip() not in ("", "Date") and rate.strip() not in ("", "N/A")
        ]


def _rows(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines() if line]
    delimiter = ";" if text.split("\n")[0].count(";") else ","
    return list(csv.DictReader(text.splitlines(), delimiter=delimiter))


def _row(entity: str, row: dict[str, Any]) -> Any:
    kinds = column_kinds(entity)
    values = {
        column: _value(kinds[column], str(value))
        for column, value in row.items()
        if column in kinds and value not in (None, "")
    }
    return ROW_TYPES[entity](**values)


def _value(kind: str, text: str) -> object:
    if kind in ("instant", "end"):
        return _instant(text, is_end=kind == "end")
    if kind == "day":
        there = date.fromisoformat(text[:10])
        return day_of(there.year, there.month, there.day)
    if kind == "bool":
        return text.lower() in ("true", "1")
    if kind == "Decimal":
        return Decimal(text)
    return int(text) if kind == "int" else text


def _instant(text: str, is_end: bool) -> int:
    if len(text) == 10:
        there = datetime.fromisoformat(text).replace(tzinfo=HELSINKI)
        return int((there + timedelta(days=is_end)).timestamp())
    there = datetime.fromisoformat(text)
    there = there if there.tzinfo else there.replace(tzinfo=UTC)
    local = there.astimezone(HELSINKI)
    if is_end and (local.hour, local.minute) == (23, 59):
        midnight = local.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        return int(midnight.timestamp())
    return int(there.timestamp())
