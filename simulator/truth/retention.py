"""Who stays: over quarters and years, and until the first loss (METRICS 4.2 to 4.9)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from simulator.almanac import first_day, local_day, local_month, month_start
from simulator.truth.money import Account, Base, lost_subscription
from simulator.truth.referral import cuts_of
from simulator.truth.table import Figure, ratio

ZERO = Decimal(0)
WINBACK_DAYS = 180
MIN_CELL = 5
_PERIODS = {"quarter": 2, "rolling_12m": 11}


def retention_figures(base: Base, as_of: int) -> Iterator[Figure]:
    """Every figure of this module."""
    if base.accounts:
        yield from _long_periods(base)
        yield from _win_backs(base, as_of)
        yield from _survival(base, as_of)


def _first_month(base: Base) -> int:
    return min(local_month(account.paying_from) for account in base.accounts)


def _cuts(base: Base, account: Account, instant: int) -> list[tuple[str, str]]:
    return [("all", "all"), *cuts_of(base.customers.at(account.customer_id, instant))]


def _long_periods(base: Base) -> Iterator[Figure]:
    rates = base.rates
    for grain, later in _PERIODS.items():
        for first in range(_first_month(base), base.last_month - later + 1):
            if grain == "quarter" and first % 3:
                continue
            sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
            euros: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(
                lambda: defaultdict(Decimal)
            )
            for account in base.accounts:
                opening = account.value(first - 1, rates, first)
                if not opening:
                    continue
                closing = account.value(first + later, rates, first)
                for cut in _cuts(base, account, month_start(first)):
                    sums[cut]["opening"] += 1
                    sums[cut]["kept"] += closing > 0
                    euros[cut]["opening"] += opening
                    euros[cut]["closing"] += closing
                    euros[cut]["capped"] += min(opening, closing)
            for (name, value), n in sums.items():
                eur = euros[name, value]
                kept = ratio(n["kept"], n["opening"])
                grr = ratio(eur["capped"], eur["opening"])
                nrr = ratio(eur["closing"], eur["opening"])
                for metric_id, figure in (
                    ("crr", kept),
                    ("churn_rate", None if kept is None else 1 - kept),
                    ("grr", grr),
                    ("nrr", nrr),
                    ("gross_mrr_churn_rate", None if grr is None else 1 - grr),
                    ("net_mrr_churn_rate", None if nrr is None else 1 - nrr),
                ):
                    yield Figure(metric_id, "value", first, name, value, figure, grain)


def losses(base: Base, account: Account) -> Iterator[int]:
    """The months in which a customer was lost."""
    for month in range(local_month(account.paying_from) + 1, base.last_month + 1):
        if account.value(month - 1, base.rates, month) and not account.value(
            month, base.rates, month
        ):
            yield month


def _returned_on(account: Account, lost_in: int, as_of: int) -> int | None:
    """The first paid day of the first month after a loss in which something began that lasted."""
    begun: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    seen = set()
    for balance, _, _ in account.closings:
        if id(balance) in seen:
            continue
        seen.add(id(balance))
        for span in balance.spans:
            if span.mrr > 0 and (span.until is None or span.until > span.since):
                month = local_month(span.since)
                lasted = span.until is None or local_month(span.until) > month
                begun[month].append((span.since, lasted))
    for month in sorted(begun):
        if month > lost_in and any(lasted and at <= as_of for at, lasted in begun[month]):
            return local_day(min(at for at, _ in begun[month]))
    return None


def _win_backs(base: Base, as_of: int) -> Iterator[Figure]:
    lost: dict[tuple[int, str, str], list[bool]] = defaultdict(list)
    for account in base.accounts:
        for month in losses(base, account):
            _, instant = lost_subscription(account, month, base.rates)
            back_on = _returned_on(account, month, as_of)
            in_time = back_on is not None and back_on - local_day(instant) <= WINBACK_DAYS
            for name, value in _cuts(base, account, month_start(month)):
                lost[month, name, value].append(in_time)
    for (month, name, value), backs in lost.items():
        is_over = first_day(month + 1) + WINBACK_DAYS <= local_day(as_of)
        figure = ratio(sum(backs), len(backs)) if is_over else None
        yield Figure("winback_rate", "value", month, name, value, figure)


def _survival(base: Base, as_of: int) -> Iterator[Figure]:
    """Kaplan and Meier over all customers; who is gone by the first closing is in no curve."""
    events: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    for account in base.accounts:
        start = local_month(account.paying_from)
        if start > base.last_month or not account.value(start, base.rates, start):
            continue
        lost_in = next(losses(base, account), None)
        months = (local_month(as_of) if lost_in is None else lost_in) - start
        seen[months] += 1
        events[months] += lost_in is not None
    at_risk, share, median = sum(seen.values()), Decimal(1), None
    if at_risk < MIN_CELL:
        return
    for month in range(max(seen) + 1):
        hazard = Decimal(events[month]) / at_risk
        share *= 1 - hazard
        if median is None and 2 * share <= 1:
            median = Decimal(month)
        for metric_id, figure in (("survival_rate", share), ("churn_hazard", hazard)):
            yield Figure(metric_id, "value", local_month(as_of), "tenure_month", str(month), figure,
                         "as_of")  # fmt: skip
        at_risk -= seen[month]
    yield Figure("median_time_to_churn_months", "value", local_month(as_of), "all", "all", median,
                 "as_of")  # fmt: skip
