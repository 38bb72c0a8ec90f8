"""Currencies: the published rate of a document's day (R5), and the one rate of a month (R6)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from simulator.almanac import first_day
from simulator.log import FxRate

ONE = Decimal(1)


class Rates:
    """Units of a currency per euro."""

    def __init__(self, rows: Iterable[FxRate]) -> None:
        self._days: dict[str, list[int]] = {}
        self._rates: dict[str, list[Decimal]] = {}
        for row in sorted(rows, key=lambda row: (row.currency, row.rate_date)):
            self._days.setdefault(row.currency, []).append(row.rate_date)
            self._rates.setdefault(row.currency, []).append(row.units_per_eur)
        self.on = cache(self._on)

    def _on(self, currency: str, day: int) -> Decimal:
        """The rate published on a day, else the latest before it; KeyError when there is none."""
        if currency == "EUR":
            return ONE
        at = bisect_right(self._days[currency], day) - 1
        if at < 0:
            raise KeyError(f"no rate of {currency} on or before day {day}")
        return self._rates[currency][at]

    def of_month(self, currency: str, month: int) -> Decimal:
        """The last rate published before the month began."""
        return self.on(currency, first_day(month) - 1)
