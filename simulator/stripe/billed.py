"""The log with its free periods billed: an invoice of nothing, where other systems write none.

Stripe bills each period of what runs, so a month for nothing is an invoice with a coupon of a
hundred percent. A company that is served by Stripe has these invoices, and its truth knows them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from simulator.almanac import add_months, local_day, midnight
from simulator.billing import cents
from simulator.company import AS_OF
from simulator.log import Discount, Invoice, InvoiceLine, Item, Log, Subscription
from simulator.truth.balances import PAID_STATES, deletions, states_of

_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}


def billed(log: Log) -> Log:
    """A copy in which every period of a running subscription has an invoice."""
    found = Log(**{name: list(getattr(log, name)) for name in vars(log)})
    items, covered = defaultdict(list), defaultdict(list)
    for item in log.subscription_items:
        items[item.subscription_id].append(item)
    for line in log.invoice_lines:
        if line.subscription_id and line.is_recurring and line.service_from and line.quantity > 0:
            covered[line.subscription_id].append((line.service_from, line.service_to or 0))
    states, deleted = states_of(log, AS_OF), deletions(log)
    for row in log.subscriptions:
        id_ = row.subscription_id
        until = deleted.get(id_, AS_OF)
        paid = [
            (state.valid_from, min(state.valid_to or until, until))
            for state in states[id_]
            if state.status in PAID_STATES
        ]
        for begin, end in _gaps(sorted(covered[id_]), paid):
            _give(found, row, items[id_], begin, end)
    return found


def _gaps(covered: list[tuple[int, int]], paid: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Times that were paid for by nobody, a day at least, after the first that were."""
    if not covered:
        return
    until = covered[0][1]
    for begin, end in [*covered[1:], (AS_OF, AS_OF)]:
        for paid_from, paid_to in paid:
            gap = max(until, paid_from), min(begin, paid_to)
            if gap[1] - gap[0] >= 86_400:
                yield gap
        until = max(until, end)


def _give(log: Log, row: Subscription, items: list[Item], begin: int, end: int) -> None:
    """Bill the periods of a gap for nothing."""
    while begin < end:
        running = [
            item
            for item in items
            if item.valid_from <= begin < (item.valid_to or AS_OF) and not item.is_metered
        ]
        if not running:
            return
        until = _after(running[0], begin)
        invoice_id = f"{row.subscription_id}-free-{local_day(begin)}"
        log.invoices.append(
            Invoice(
                invoice_id, row.customer_id, local_day(begin), "paid", row.currency,
                row.subscription_id, None, None, Decimal(0), Decimal(0),
            )
        )  # fmt: skip
        for number, item in enumerate(running, 1):
            gross = cents(item.quantity * item.unit_price)
            plan = item.plan or row.plan
            log.invoice_lines.append(
                InvoiceLine(
                    invoice_id, number, item.quantity, item.unit_price, item.currency,
                    row.subscription_id, item.price_id, row.service, plan, None, None, begin, until,
                    gross, Decimal(0), None, None, True, False,
                )
            )  # fmt: skip
            scope_id = f"{invoice_id}/{number}"
            log.discounts.append(
                Discount(
                    f"{scope_id}-d", "line", scope_id, "ILMAINEN", "percent", Decimal(100), None,
                    "once", begin, begin + 86_400,
                )
            )  # fmt: skip
        begin = until


def _after(item: Item, begin: int) -> int:
    """When the period ends that begins then."""
    day, count = local_day(begin), item.interval_count or 1
    if item.interval_unit in _MONTHS:
        return midnight(add_months(day, _MONTHS[item.interval_unit] * count))
    return midnight(day + _DAYS[item.interval_unit] * count)
