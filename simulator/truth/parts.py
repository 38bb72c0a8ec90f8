"""What a service, a plan or a branch has of customers, and who leaves it (METRICS R16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from simulator.almanac import local_month
from simulator.truth.money import Account, Base
from simulator.truth.table import Figure, micro, ratio

ZERO = Decimal(0)
DIMENSIONS = ("service", "plan", "branch")

# month → amounts and their currencies at its closing
_Closings = dict[int, list[tuple[Decimal, str]]]


@dataclass
class _Cell:
    """One part in one month."""

    opening_n: int = 0
    kept_n: int = 0
    new_n: int = 0
    back_n: int = 0
    closing_n: int = 0
    opening: Decimal = ZERO
    kept: Decimal = ZERO
    capped: Decimal = ZERO
    closing: Decimal = ZERO

    def add(self, opening: Decimal, closing: Decimal, is_first: bool) -> None:
        """One customer of the part."""
        self.opening_n += opening > 0
        self.closing_n += closing > 0
        self.opening += opening
        self.closing += closing
        if opening:
            self.kept_n += closing > 0
            self.kept += closing
            self.capped += min(opening, closing)
        else:
            self.new_n += is_first
            self.back_n += not is_first

    def figures(self, dimension: str) -> Iterator[tuple[str, Decimal | None]]:
        left = self.opening_n - self.kept_n
        grr, nrr = ratio(self.capped, self.opening), ratio(self.kept, self.opening)
        yield "customers_opening", Decimal(self.opening_n)
        yield "customers_new", Decimal(self.new_n)
        yield "customers_reactivated", Decimal(self.back_n)
        yield "customers_closing", Decimal(self.closing_n)
        yield "crr", ratio(self.kept_n, self.opening_n)
        yield "churn_rate", ratio(left, self.opening_n)
        yield "grr", grr
        yield "nrr", nrr
        yield "gross_mrr_churn_rate", None if grr is None else 1 - grr
        yield "net_mrr_churn_rate", None if nrr is None else 1 - nrr
        yield "arpa_eur", ratio(self.closing, self.closing_n)
        if dimension == "service":
            yield "service_exits", Decimal(left)


def part_figures(base: Base) -> Iterator[Figure]:
    """Every figure of services, plans and branches."""
    if not base.accounts:
        return
    cells: dict[tuple[int, str, str], _Cell] = defaultdict(_Cell)
    for account in base.accounts:
        for dimension in DIMENSIONS:
            for value, closings in _closings(account, dimension).items():
                _count(base, cells, (dimension, value), closings)
    first_month = min(local_month(account.paying_from) for account in base.accounts)
    values = sorted({(dimension, value) for _, dimension, value in cells})
    for month in range(first_month, base.last_month + 1):
        exits = 0
        for dimension, value in values:
            cell = cells[month, dimension, value]
            for metric_id, figure in cell.figures(dimension):
                yield Figure(metric_id, "value", month, dimension, value, figure)
            if dimension == "service":
                exits += cell.opening_n - cell.kept_n
        yield Figure("service_exits", "value", month, "all", "all", Decimal(exits))


def _closings(account: Account, dimension: str) -> dict[str, _Closings]:
    """What a customer has of each part; nothing before it pays."""
    found: dict[str, _Closings] = defaultdict(lambda: defaultdict(list))
    start = local_month(account.paying_from)
    for balance, plan, closing in account.closings:
        row = balance.subscription
        value = {"service": row.service, "plan": plan, "branch": row.branch}[dimension]
        for month, amount in closing.items():
            if month >= start:
                found[value or "unknown"][month].append((amount, row.currency))
    return found


def _count(
    base: Base,
    cells: dict[tuple[int, str, str], _Cell],
    part: tuple[str, str],
    closings: _Closings,
) -> None:
    first = min(closings)
    for month in {*closings, *(month + 1 for month in closings)}:
        if month <= base.last_month:
            opening = _euros(base, closings.get(month - 1, []), month)
            closing = _euros(base, closings.get(month, []), month)
            cells[month, *part].add(opening, closing, month == first)


def _euros(base: Base, amounts: list[tuple[Decimal, str]], month: int) -> Decimal:
    rates = base.rates
    return sum((micro(amount / rates.of_month(code, month)) for amount, code in amounts), ZERO)
