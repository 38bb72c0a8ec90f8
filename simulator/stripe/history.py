"""The log's billing as it happened: each change of an account at its instant, with its event.

A connector that reads in between sees what Stripe would have shown on that day; `objects.fill` is
the same company for one that comes at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from simulator.almanac import midnight
from simulator.company import AS_OF
from simulator.log import Invoice, Log, Subscription
from simulator.stripe.account import Account, Object
from simulator.stripe.objects import LIST_START, Books

_DAY = 86_400
_CREATED, _UPDATED, _DELETED = "created", "updated", "deleted"


class Change(NamedTuple):
    """An object as it was from an instant on."""

    at: int
    item: Object
    verb: str = _UPDATED

    def apply(self, account: Account) -> None:
        """Let it happen, and be told."""
        account.now = self.at
        if self.verb == _DELETED:
            account.delete(self.item["object"], self.item["id"])
        else:
            account.put(self.item, self.verb)


def history(log: Log) -> list[Change]:
    """Every change of the log's billing, in order."""
    books = Books(log)
    changes = [
        *_catalogue(books),
        *_customers(log, books),
        *_subscriptions(log, books),
        *_invoices(log, books),
    ]
    changes += [Change(note["created"], note, _CREATED) for note in books.credit_notes()]
    changes += [Change(refund["created"], refund, _CREATED) for refund in books.refunds()]
    changes += [Change(charge["created"], charge, _CREATED) for charge in books.charges()]
    return sorted((change for change in changes if change.at < AS_OF), key=lambda c: c.at)


def play(account: Account, changes: list[Change], until: int) -> list[Change]:
    """Let happen what is before an instant; returns what is left."""
    for place, change in enumerate(changes):
        if change.at >= until:
            account.now = until
            return changes[place:]
        change.apply(account)
    account.now = until
    return []


def _catalogue(books: Books) -> Iterator[Change]:
    for item in (*books.products(), *books.coupons(), *books.promotion_codes()):
        yield Change(LIST_START, item, _CREATED)
    for item in books.prices(LIST_START):
        yield Change(item["created"], item, _CREATED)
    for instant in books.price_ends():
        for item in books.prices(instant):
            if not item["active"] and item["created"] < instant:
                yield Change(instant, item)


def _customers(log: Log, books: Books) -> Iterator[Change]:
    seen: set[str] = set()
    for row in log.customers:
        created = row.created_at or LIST_START
        verb = _UPDATED if row.customer_id in seen else _CREATED
        if row.is_deleted:
            verb = _DELETED
        seen.add(row.customer_id)
        yield Change(max(created, row.updated_at or created), books.customer(row), verb)


def _subscriptions(log: Log, books: Books) -> Iterator[Change]:
    instants: dict[str, set[int]] = {row.subscription_id: set() for row in log.subscriptions}
    for state in log.subscription_states:
        instants[state.subscription_id].add(state.valid_from)
    for item in log.subscription_items:
        instants[item.subscription_id] |= {item.valid_from, item.valid_to or item.valid_from}
    for row in log.subscriptions:
        mine = instants[row.subscription_id] | {row.cancel_requested_at or row.started_at}
        yield from _subscription(row, books, sorted(mine | {row.started_at}))
    for schedule in books.schedules():
        yield Change(schedule["created"], schedule, _CREATED)


def _subscription(row: Subscription, books: Books, instants: list[int]) -> Iterator[Change]:
    for instant in instants:
        if instant >= row.started_at:
            verb = _CREATED if instant == row.started_at else _UPDATED
            yield Change(instant, books.subscription(row, instant), verb)


def _invoices(log: Log, books: Books) -> Iterator[Change]:
    paid_at = {p.invoice_id: p.paid_at for p in log.payments if p.status == "succeeded"}
    for row in log.invoices:
        issued = midnight(row.issued_on)
        look = partial(_look, row, books)
        if row.status == "open":
            yield from look(issued, "open", _CREATED)
        elif row.status == "paid" and row.invoice_id not in paid_at:
            yield from look(issued, "paid", _CREATED)
        else:
            yield from look(issued, "open", _CREATED)
            later = paid_at.get(row.invoice_id) or issued + 21 * _DAY
            yield from look(min(later, AS_OF - 1), row.status, _UPDATED)


def _look(row: Invoice, books: Books, at: int, status: str, verb: str) -> Iterator[Change]:
    yield Change(at, books.invoice(row, status), verb)
    yield Change(at, books.invoice_payment(row, status), verb)
