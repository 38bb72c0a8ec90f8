"""What customers cost and what they bring: costs and lifetime value (METRICS 6.9 to 6.13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from simulator.almanac import day_month, first_day, local_day, local_month, month_start
from simulator.log import Log
from simulator.truth.money import Account, Base
from simulator.truth.referral import cuts_of
from simulator.truth.retention import losses
from simulator.truth.table import Figure, micro, ratio

ZERO, ONE = Decimal(0), Decimal(1)
HORIZON_MONTHS = 36
MONTHLY_DISCOUNT = Decimal("1.10") ** (ONE / 12)


class Lifetimes:
    """How long a segment stays, month by month, and what money a month is worth for that long."""

    def __init__(self, log: Log, base: Base) -> None:
        self._base = base
        self._margins = {row.service: row.gross_margin_rate for row in log.services}

    def factor(self, segment: str, month: int) -> Decimal:
        """The sum of the discounted shares that are still there after 1 to 36 months."""
        churned = opening = 0
        for past in range(month - 11, month + 1):
            cell = self._base.cells.get((past, "segment", segment))
            if cell is not None:
                churned += cell.n["churned"]
                opening += cell.n["opening"]
        retained = 1 - (churned + Decimal("0.5")) / (opening + 1)
        step = retained / MONTHLY_DISCOUNT
        return sum((step**k for k in range(1, HORIZON_MONTHS + 1)), ZERO)

    def margin(self, account: Account, parts: list[Decimal]) -> Decimal | None:
        """The gross margin of a customer's money; unknown where a service has none."""
        total = ZERO
        for (balance, _, _), amount in zip(account.closings, parts, strict=True):
            rate = self._margins.get(balance.subscription.service or "")
            if amount and rate is None:
                return None
            total += amount * (rate or ZERO)
        return micro(total)


def lifetime_figures(log: Log, base: Base, as_of: int) -> Iterator[Figure]:
    """Every figure of lifetime value."""
    lifetimes = Lifetimes(log, base)
    yield from _expected(base, lifetimes)
    yield from _lost(base, lifetimes)
    lives: dict[str, Decimal] = defaultdict(Decimal)
    for customer_id, day, eur in base.invoiced.entries():
        if day <= local_day(as_of) and not base.customers.is_internal(customer_id):
            lives[customer_id] += eur
    cells: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for customer_id, eur in lives.items():
        for cut in (("all", "all"), *cuts_of(base.customers.at(customer_id, as_of))):
            cells[cut].append(eur)
    for (name, value), found in cells.items():
        mean = ratio(sum(found, ZERO), len(found))
        yield Figure("clv_historical_eur", "value", local_month(as_of), name, value, mean, "as_of")


def _expected(base: Base, lifetimes: Lifetimes) -> Iterator[Figure]:
    first_month = min((local_month(account.paying_from) for account in base.accounts), default=0)
    for month in range(first_month or base.last_month + 1, base.last_month + 1):
        revenue: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
        margin: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
        factors: dict[str, Decimal] = {}
        for account in base.accounts:
            parts = account.parts(month, base.rates, month)
            if not any(parts):
                continue
            start = account.paying_from
            instant = start if local_month(start) == month else month_start(month)
            cuts = cuts_of(base.customers.at(account.customer_id, instant))
            segment = dict(cuts)["segment"]
            if segment not in factors:
                factors[segment] = lifetimes.factor(segment, month)
            earned = lifetimes.margin(account, parts)
            for cut in (("all", "all"), *cuts):
                revenue[cut].append(sum(parts, ZERO) * factors[segment])
                if earned is not None:
                    margin[cut].append(earned * factors[segment])
        for metric_id, cells in (("clv_revenue_eur", revenue), ("clv_margin_eur", margin)):
            for (name, value), found in cells.items():
                mean = ratio(sum(found, ZERO), len(found))
                yield Figure(metric_id, "value", month, name, value, mean)


def _lost(base: Base, lifetimes: Lifetimes) -> Iterator[Figure]:
    cells: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
    for account in base.accounts:
        for month in losses(base, account):
            cuts = cuts_of(base.customers.at(account.customer_id, month_start(month)))
            margin = lifetimes.margin(account, account.parts(month - 1, base.rates, month))
            if margin is not None:
                worth = micro(margin * lifetimes.factor(dict(cuts)["segment"], month - 1))
                for name, value in (("all", "all"), *cuts):
                    cells[month, name, value] += worth
    for (month, name, value), worth in cells.items():
        yield Figure("churn_value_clv_eur", "value", month, name, value, worth)


def cost_figures(log: Log, base: Base) -> Iterator[Figure]:
    """What it costs to win and to keep a customer."""
    spent: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
    kinds = {"acquisition": "won", "referral_reward": "won", "retention": "kept"}
    for row in log.costs:
        month, kind = day_month(row.month), kinds.get(row.cost_type)
        if kind is not None:
            eur = micro(row.amount / base.rates.on(row.currency, first_day(month)))
            spent[month, kind, "all"] += eur
            if row.channel is not None:
                spent[month, kind, row.channel] += eur
    lifetimes = Lifetimes(log, base)
    for (month, name, value), cell in sorted(base.cells.items()):
        if name not in ("all", "acquisition_source"):
            continue
        won, kept = (spent.get((month, kind, value)) for kind in ("won", "kept"))
        cac = None if won is None else ratio(won, cell.n["new"])
        keeping = None if kept is None else ratio(kept, cell.n["opening"])
        margin = _margin_of_new(base, lifetimes, month, name, value)
        yield Figure("cac_eur", "value", month, name, value, cac)
        # Both are money, so each is kept in six decimals before it is divided on (R4).
        payback = ratio(micro(cac), micro(margin)) if cac is not None and margin else None
        yield Figure("payback_months", "value", month, name, value, payback)
        if name == "all":
            yield Figure("retention_cost_eur", "value", month, name, value, keeping)
            yield Figure("acquisition_to_retention_cost_ratio", "value", month, name, value,
                         ratio(micro(cac), micro(keeping))
                         if cac is not None and keeping else None)  # fmt: skip


def _margin_of_new(
    base: Base, lifetimes: Lifetimes, month: int, name: str, value: str
) -> Decimal | None:
    margins = []
    for account in base.accounts:
        if local_month(account.paying_from) != month:
            continue
        customer = base.customers.at(account.customer_id, account.paying_from)
        if (name, value) not in (("all", "all"), *cuts_of(customer)):
            continue
        parts = account.parts(month, base.rates, month)
        if any(parts):
            margins.append(lifetimes.margin(account, parts))
    # A customer's margin is money before it is summed (R4).
    known = [micro(margin) for margin in margins if margin is not None]
    return ratio(sum(known, ZERO), len(known))
