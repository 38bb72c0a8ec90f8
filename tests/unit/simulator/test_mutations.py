"""The comparison itself: one hand laid on the log anywhere, and a figure of the truth changes.

A comparison that nothing can upset proves nothing, so every rule has a mutation that breaks it.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simulator.almanac import DAY_S, day_of, midnight
from simulator.company import AS_OF, AS_OF_DAY
from simulator.compare import differences, true_figures
from simulator.generate import simulate
from simulator.log import Log
from simulator.truth import truth_of

Figures = dict[Any, Decimal | None]
SETTLED = midnight(AS_OF_DAY - 120)
SETTLED_DAY = AS_OF_DAY - 120


@pytest.fixture(scope="module")
def log() -> Log:
    return simulate(200, 14)


def truth(log: Log) -> Figures:
    found = truth_of(log, AS_OF)
    return true_figures(found.figures) | true_figures(found.mart_totals)


@pytest.fixture(scope="module")
def true(log: Log) -> Figures:
    return truth(log)


def change(entity: str, where: Callable[[Any], Any], **changes: Any) -> Callable[[Log], None]:
    """Replace columns of the first row that fits; a callable is given the row."""

    def mutate(log: Log) -> None:
        rows = getattr(log, entity)
        place = next(place for place, row in enumerate(rows) if where(row))
        row = rows[place]
        values = {name: to(row) if callable(to) else to for name, to in changes.items()}
        rows[place] = row._replace(**values)

    return mutate


def drop(entity: str, where: Callable[[Any], Any]) -> Callable[[Log], None]:
    """Forget the first row that fits."""

    def mutate(log: Log) -> None:
        rows = getattr(log, entity)
        del rows[next(place for place, row in enumerate(rows) if where(row))]

    return mutate


def drop_all(entity: str, where: Callable[[Any], Any]) -> Callable[[Log], None]:
    """Forget every row that fits: the first one alone may be of a ticket that does not count."""

    def mutate(log: Log) -> None:
        rows = getattr(log, entity)
        rows[:] = [row for row in rows if not where(row)]

    return mutate


def of_a_payer(to: Callable[[Any], list[Any]]) -> Callable[[Log], None]:
    """Put other versions in the place of one that paid for a long time and is known by one."""

    def mutate(log: Log) -> None:
        versions = Counter(row.customer_id for row in log.customers)
        paid = Counter(row.customer_id for row in log.invoices if row.total_excl_tax)
        place = next(
            place
            for place, row in enumerate(log.customers)
            if versions[row.customer_id] == 1 and paid[row.customer_id] > 12 and not row.is_internal
        )
        log.customers[place : place + 1] = to(log.customers[place])

    return mutate


def forget_a_refund(log: Log) -> None:
    """Drop what was paid back without a credit note."""
    credited = {row.invoice_id for row in log.credit_note_lines}
    place = next(
        place
        for place, row in enumerate(log.payments)
        if row.status == "refunded" and row.invoice_id not in credited
    )
    del log.payments[place]


def _paid_line(row: Any) -> bool:
    return bool(row.is_recurring and not row.line_discount_amount and row.net_amount is None)


def _solved(row: Any) -> bool:
    return row.solved_at is not None and row.created_at < SETTLED and row.channel == "email"


def _agents_reply(row: Any) -> bool:
    return bool(row.author_type == "agent" and row.is_public and row.sent_at < SETTLED)


def _answered(row: Any) -> bool:
    return bool(
        row.outcome == "answered" and row.direction == "inbound" and row.started_at < SETTLED
    )


ONE = Decimal(1)
MUTATIONS = {
    "item costs more": change(
        "subscription_items", lambda row: True, unit_price=lambda row: row.unit_price + ONE
    ),
    "item has one more": change(
        "subscription_items", lambda row: True, quantity=lambda row: row.quantity + ONE
    ),
    "item ends a month earlier": change(
        "subscription_items", lambda row: row.valid_to and row.valid_to < SETTLED,
        valid_to=lambda row: row.valid_to - 31 * DAY_S,
    ),
    "item is billed half as often": change(
        "subscription_items", lambda row: row.interval_unit == "month",
        interval_count=lambda row: row.interval_count * 2,
    ),
    "item is metered": change("subscription_items", lambda row: True, is_metered=True),
    "item is in another currency": change(
        "subscriptions", lambda row: row.currency == "EUR" and row.ended_at is None, currency="SEK"
    ),
    "item has a permanent discount": change(
        "subscription_items", lambda row: True, permanent_discount_rate=Decimal("0.01")
    ),
    "pause is no pause": change(
        "subscription_states", lambda row: row.status == "paused" and row.valid_to
        and row.valid_to - row.valid_from > 35 * DAY_S, status="active",
    ),
    "paid service ends a month earlier": change(
        "subscription_states", lambda row: row.status == "active" and row.valid_to
        and row.valid_to - row.valid_from > 70 * DAY_S,
        valid_to=lambda row: row.valid_to - 40 * DAY_S,
    ),
    "subscription ends for another reason": change(
        "subscriptions", lambda row: row.end_reason == "voluntary"
        and row.ended_at - row.started_at > 200 * DAY_S and row.ended_at < SETTLED,
        end_reason="business_end",
    ),
    "invoice is void": change("invoices", lambda row: row.status == "paid", status="void"),
    "invoice is a draft": change("invoices", lambda row: row.status == "paid", status="draft"),
    "invoice has a discount": change(
        "invoices", lambda row: row.total_excl_tax > 5, invoice_discount_amount=ONE
    ),
    "invoice is issued a month later": change(
        "invoices", lambda row: row.total_excl_tax > 5, issued_on=lambda row: row.issued_on + 31
    ),
    "line has a discount": change("invoice_lines", _paid_line, line_discount_amount=ONE),
    "line has one more": change(
        "invoice_lines", _paid_line, quantity=lambda row: row.quantity + ONE
    ),
    "line is prorated": change("invoice_lines", _paid_line, proration_factor=Decimal("0.5")),
    "line has another price": change("invoice_lines", _paid_line, price_id="striimi-week"),
    "line covers another month": change(
        "invoice_lines", lambda row: row.service_to and row.service_to < SETTLED
        and row.service_to - row.service_from < 40 * DAY_S and row.invoice_id.endswith("-003"),
        service_from=lambda row: row.service_from - 90 * DAY_S,
        service_to=lambda row: row.service_to - 90 * DAY_S,
    ),
    "credit note is forgotten": drop("credit_note_lines", lambda row: row.issued_on < SETTLED_DAY),
    "credit note is larger": change(
        "credit_note_lines", lambda row: row.issued_on < SETTLED_DAY,
        net_amount=lambda row: row.net_amount + ONE,
    ),
    "credit note is an error": change(
        "credit_note_lines", lambda row: row.reason == "goodwill" and row.issued_on < SETTLED_DAY,
        reason="error",
    ),
    "list price is higher": change(
        "prices", lambda row: row.price_id == "talous-basic-month" and row.currency == "EUR",
        list_unit_price=lambda row: row.list_unit_price + ONE,
    ),
    "target price is gone": change(
        "prices", lambda row: row.target_unit_price and row.currency == "EUR",
        target_unit_price=None,
    ),
    "rate is another": change(
        "fx_rates", lambda row: row.currency == "SEK" and row.rate_date == day_of(2026, 5, 29),
        units_per_eur=lambda row: row.units_per_eur + 1,
    ),
    "coupon is not for ever": change(
        "discounts", lambda row: row.duration == "forever" and row.value < 100, duration="once"
    ),
    "coupon is larger": change(
        "discounts", lambda row: row.duration == "forever" and row.value < 100,
        value=lambda row: row.value + ONE,
    ),
    "customer is our own": of_a_payer(lambda row: [row._replace(is_internal=True)]),
    "customer is in another segment": of_a_payer(lambda row: [row._replace(segment="other")]),
    "customer moves to another segment later": of_a_payer(
        lambda row: [row, row._replace(segment="other", updated_at=row.updated_at + 90 * DAY_S)]
    ),
    "customer is deleted": of_a_payer(
        lambda row: [row, row._replace(is_deleted=True, updated_at=row.updated_at + 90 * DAY_S)]
    ),
    "customer is forgotten": of_a_payer(lambda row: []),
    "refund never was": forget_a_refund,
    "reply comes a second later": change(
        "messages", _agents_reply, sent_at=lambda row: row.sent_at + 60
    ),
    "reply is an internal note": change("messages", _agents_reply, is_public=False),
    "reply is automatic": change("messages", _agents_reply, is_automated=True),
    "ticket was created earlier": change(
        "tickets", _solved, created_at=lambda row: row.created_at - 3_600
    ),
    "ticket is spam": change("tickets", _solved, is_spam=True),
    "ticket was opened by us": change("tickets", _solved, created_by="agent"),
    "ticket is merged into another": change("tickets", _solved, merged_into_ticket_id="t1"),
    "ticket was never solved": drop(
        "ticket_events", lambda row: row.to_value == "solved" and row.occurred_at < SETTLED
    ),
    "no ticket was ever reopened": drop_all(
        "ticket_events", lambda row: row.from_value in ("solved", "closed")
        and row.to_value == "open" and row.occurred_at < SETTLED,
    ),
    "ticket never changed hands": change(
        "ticket_events", lambda row: row.field == "agent_id" and row.from_value
        and row.to_value not in ("niko", "oona") and row.occurred_at < SETTLED, field="tag",
    ),
    "caller waited longer": change(
        "contacts", _answered, queue_seconds=lambda row: row.queue_seconds + 60
    ),
    "call took longer": change(
        "contacts", lambda row: _answered(row) and row.handle_seconds is None,
        talk_seconds=lambda row: row.talk_seconds + 1,
    ),
    "call was abandoned": change("contacts", _answered, outcome="abandoned"),
    "blocked call never came": drop("contacts", lambda row: row.outcome == "blocked"),
    "stranger's call made a ticket": change(
        "contacts", lambda row: _answered(row) and (row.ticket_id, row.customer_id) == (None, None),
        ticket_id="t1",
    ),
    "team works shorter days": change(
        "teams", lambda row: row.team == "aspa", schedule="mon-fri 08:00-15:00"
    ),
    "order is dearer": change(
        "orders", lambda row: row.ordered_at < SETTLED,
        net_amount=lambda row: row.net_amount + ONE,
    ),
    "shop gives up sooner": change(
        "services", lambda row: row.churn_model == "noncontractual", inactivity_days=120
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_one_changed_row_changes_the_truth(name: str, log: Log, true: Figures) -> None:
    mutated = copy.copy(log)
    for entity, rows in vars(log).items():
        setattr(mutated, entity, list(rows))
    MUTATIONS[name](mutated)
    assert differences(true, truth(mutated))


def test_an_untouched_log_changes_nothing(log: Log, true: Figures) -> None:
    assert len(true) > 10_000
    assert differences(true, truth(copy.copy(log))) == []
