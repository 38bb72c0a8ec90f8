"""What stands at one instant: notice given, overdue money, tenure (METRICS 4.6, 4.10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from simulator.almanac import local_day, local_month
from simulator.log import Log
from simulator.truth.balances import Balance, balances, states_of
from simulator.truth.money import Account, Base
from simulator.truth.referral import cuts_of
from simulator.truth.service import quantile
from simulator.truth.table import Figure, micro

ZERO = Decimal(0)
DAYS_A_MONTH = Decimal("30.4375")


@dataclass
class _Standing:
    """An open customer."""

    tenure_days: int
    mrr: Decimal
    scheduled: Decimal
    past_due: Decimal


def standing_figures(log: Log, base: Base, as_of: int) -> Iterator[Figure]:
    """Every figure that is told of one instant."""
    cells: dict[tuple[str, str], list[_Standing]] = defaultdict(list)
    for customer_id, standing in _open_customers(log, base, as_of):
        for cut in (("all", "all"), *cuts_of(base.customers.at(customer_id, as_of))):
            cells[cut].append(standing)
    for (name, value), found in cells.items():
        for metric_id, statistic, figure in _figures(found):
            month = local_month(as_of)
            yield Figure(metric_id, statistic, month, name, value, figure, "as_of")


def standing_arr(log: Log, base: Base, as_of: int) -> Decimal:
    """What the open customers pay in a year."""
    return 12 * sum((each.mrr for _, each in _open_customers(log, base, as_of)), ZERO)


def _open_customers(log: Log, base: Base, as_of: int) -> Iterator[tuple[str, _Standing]]:
    overdue = {
        key
        for key, states in states_of(log, as_of).items()
        for state in states
        if state.status == "past_due"
        and state.valid_from <= as_of
        and (state.valid_to is None or state.valid_to > as_of)
    }
    held: dict[str, list[Balance]] = defaultdict(list)
    for balance in balances(log, as_of):
        held[balance.subscription.customer_id].append(balance)
    for account in base.accounts:
        if account.paying_from <= as_of:
            standing = _standing(base, account, held[account.customer_id], overdue, as_of)
            if standing.mrr:
                yield account.customer_id, standing


def _standing(
    base: Base, account: Account, held: list[Balance], overdue: set[str], as_of: int
) -> _Standing:
    days = local_day(as_of) - local_day(account.paying_from)
    found = _Standing(days, ZERO, ZERO, ZERO)
    for balance in held:
        row = balance.subscription
        spans = [span for span in balance.spans if span.mrr > 0]
        rate = base.rates.of_month(row.currency, local_month(as_of))
        mrr = sum(
            (
                micro(span.mrr / rate)
                for span in spans
                if span.since <= as_of and (span.until is None or span.until > as_of)
            ),
            ZERO,
        )
        found.mrr += mrr
        has_end = all(span.until is not None for span in spans)
        if row.cancel_requested_at is not None and row.cancel_requested_at <= as_of and has_end:
            found.scheduled += mrr
        if row.subscription_id in overdue:
            found.past_due += mrr
    return found


def _figures(found: list[_Standing]) -> Iterator[tuple[str, str, Decimal]]:
    days = sorted(each.tenure_days for each in found)
    leaving = sum(each.scheduled == each.mrr for each in found)
    yield "scheduled_churn_mrr_eur", "value", sum((each.scheduled for each in found), ZERO)
    yield "scheduled_churn_customers", "value", Decimal(leaving)
    yield "mrr_past_due_eur", "value", sum((each.past_due for each in found), ZERO)
    yield "customer_tenure_months", "mean", Decimal(sum(days)) / len(days) / DAYS_A_MONTH
    for statistic, share in (("median", Decimal("0.5")), ("p90", Decimal("0.9"))):
        yield "customer_tenure_months", statistic, quantile(days, share) / DAYS_A_MONTH
