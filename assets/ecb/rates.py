"""Reads the wide table of rates, and refuses what does not look like one.

Format: the first column is Date, each other one a currency, newest day first, N/A where nothing was
published; lines end with a comma. A table is believed whole or not at all.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import NamedTuple

_CURRENCY = re.compile(r"[A-Z]{3}")
_NOT_PUBLISHED = ("N/A", "")
_FIRST_DAY = date(1999, 1, 1)
# The old Turkish lira came to two million; nothing has been below a hundredth of that in cents.
_LOWEST, _HIGHEST = Decimal("0.0001"), Decimal(10_000_000)
# No published rate has ever moved this much from one day to the next: a point has slipped.
_JUMP = 5


class RatesError(ValueError):
    """The file is no believable table of rates; the message names the line and the value."""


class Rate(NamedTuple):
    """Units of a currency for one euro, as published, with the line they stand in."""

    currency: str
    rate_date: date
    units_per_eur: Decimal
    line: int


def read_rates(text: str, today: date) -> list[Rate]:
    """Every published rate of the table, newest first. Raises RatesError."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if not rows:
        raise RatesError("the file holds nothing")
    currencies = _currencies(rows[0])
    days = [_day(row, line, len(rows[0])) for line, row in enumerate(rows[1:], 2)]
    if not days:
        raise RatesError("a header and no day of rates")
    _check_order(days, today)
    found = [
        Rate(currency, day, _number(value, currency, line), line)
        for line, (day, row) in enumerate(zip(days, rows[1:], strict=True), 2)
        for currency, value in zip(currencies, (cell.strip() for cell in row[1:]), strict=False)
        if value not in _NOT_PUBLISHED
    ]
    if not found:
        raise RatesError("not a single rate")
    _check_jumps(found)
    return found


def _trimmed(row: Sequence[str]) -> list[str]:
    cells = [cell.strip() for cell in row]
    return cells[:-1] if cells[-1] == "" else cells


def _currencies(header: Sequence[str]) -> list[str]:
    first, *names = _trimmed(header)
    if first != "Date" or not names:
        raise RatesError(f"line 1 begins with {first[:40]!r}, not with Date and currencies")
    for name in names:
        if not _CURRENCY.fullmatch(name):
            raise RatesError(f"line 1: {name[:40]!r} is no currency")
    if len(set(names)) < len(names):
        raise RatesError("line 1 names a currency twice")
    return names


def _day(row: Sequence[str], line: int, columns_n: int) -> date:
    if len(row) != columns_n:
        raise RatesError(f"line {line} has {len(row)} columns, the header {columns_n}")
    try:
        return date.fromisoformat(row[0].strip())
    except ValueError as error:
        raise RatesError(f"line {line}: {row[0][:40]!r} is no date") from error


def _check_order(days: Sequence[date], today: date) -> None:
    for line, (newer, older) in enumerate(pairwise(days), 3):
        if older >= newer:
            raise RatesError(f"line {line}: {older} after {newer}; the newest day comes first")
    if days[0] > today + timedelta(days=1):
        raise RatesError(f"line 2: {days[0]} has not come yet")
    if days[-1] < _FIRST_DAY:
        raise RatesError(f"line {len(days) + 1}: {days[-1]} was before the euro")


def _number(text: str, currency: str, line: int) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise RatesError(f"line {line}: {currency} {text[:40]!r} is no number") from error
    if not value.is_finite() or not _LOWEST <= value <= _HIGHEST:
        raise RatesError(f"line {line}: {currency} {text[:40]} is no plausible rate")
    return value


def _check_jumps(rates: Sequence[Rate]) -> None:
    latest: dict[str, Rate] = {}
    for rate in rates:
        newer = latest.get(rate.currency, rate)
        if not rate.units_per_eur / _JUMP < newer.units_per_eur < rate.units_per_eur * _JUMP:
            raise RatesError(
                f"line {newer.line}: {rate.currency} {newer.units_per_eur} after "
                f"{rate.units_per_eur} on {rate.rate_date}"
            )
        latest[rate.currency] = rate
