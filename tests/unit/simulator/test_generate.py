"""The simulated company: the same for the same seed, and rich enough to test a warehouse with."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.contract import contract
from simulator.company import AS_OF, FIRST_MONTH, LAST_MONTH
from simulator.generate import Wanted, simulate, write_company, write_inboxes
from simulator.log import Log, Price, SlaPolicy, entities
from tests.unit.simulator.contract_log import read_log

CUSTOMERS, SEED = 200, 8


@pytest.fixture(scope="module")
def log() -> Log:
    return simulate(CUSTOMERS, SEED)


def fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.csv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def test_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        write_company(tmp_path / name, Wanted(60, seed))
    prints = [fingerprint(tmp_path / name) for name in ("one", "two", "three")]
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_what_is_delivered_does_not_need_the_truth(tmp_path: Path) -> None:
    wanted = Wanted(60, 3, is_messy=True, is_restated=True)
    write_company(tmp_path / "whole", wanted)
    write_inboxes(tmp_path / "delivered", wanted)
    for inbox in ("inbox", "inbox-later"):
        assert len(list((tmp_path / "whole" / inbox).iterdir())) > 10
        assert fingerprint(tmp_path / "delivered" / inbox) == fingerprint(
            tmp_path / "whole" / inbox
        )
    assert not (tmp_path / "delivered" / "truth").exists()


def test_csv_says_exactly_what_the_log_says(tmp_path: Path, log: Log) -> None:
    inbox = write_company(tmp_path, Wanted(CUSTOMERS, SEED))
    again = read_log(inbox)
    for entity in entities():
        assert getattr(again, entity) == getattr(log, entity), entity


def test_parquet_holds_the_same_rows_with_types(tmp_path: Path, log: Log) -> None:
    inbox = write_company(tmp_path, Wanted(CUSTOMERS, SEED, form="parquet"))
    lines = pq.read_table(inbox / "invoice_lines.parquet")
    assert lines.num_rows == len(log.invoice_lines)
    assert str(lines.schema.field("service_from").type) == "timestamp[us, tz=UTC]"
    assert str(lines.schema.field("unit_price").type) == "decimal128(18, 6)"


def test_company_runs_for_36_months_and_stops_at_its_date(log: Log) -> None:
    assert LAST_MONTH - FIRST_MONTH + 1 == 36
    assert max(ticket.created_at for ticket in log.tickets) < AS_OF
    assert max(message.sent_at for message in log.messages) < AS_OF
    assert max(payment.paid_at or 0 for payment in log.payments) < AS_OF


def test_every_kind_of_thing_happens(log: Log) -> None:
    statuses = Counter(state.status for state in log.subscription_states)
    assert {"trialing", "active", "past_due", "paused", "canceled"} <= set(statuses)
    reasons = {subscription.end_reason for subscription in log.subscriptions}
    assert {"voluntary", "involuntary"} <= reasons
    assert {"EUR", "SEK", "USD"} == {invoice.currency for invoice in log.invoices}
    assert {"answered", "abandoned", "blocked", "after_hours"} == {
        contact.outcome for contact in log.contacts
    }
    assert {"b2b", "b2c"} == {customer.customer_type for customer in log.customers}
    assert any(ticket.merged_into_ticket_id for ticket in log.tickets)
    assert any(message.is_automated for message in log.messages)
    assert any(line.is_proration for line in log.invoice_lines)
    assert {"percent", "amount"} == {discount.kind for discount in log.discounts}
    assert {"once", "repeating", "forever"} == {discount.duration for discount in log.discounts}
    assert {"subscription", "item", "invoice", "line"} == {row.scope for row in log.discounts}
    assert {"succeeded", "failed", "refunded"} == {payment.status for payment in log.payments}
    assert {"nps", "csat", "ces", "expectation", "fcr"} == {
        question.instrument for question in log.survey_questions
    }
    assert {"relationship", "journey", "moment_of_truth"} == {
        response.measurement_level for response in log.survey_responses
    }
    assert {True, False, None} == {deal.is_won for deal in log.deals}
    assert any(item.is_metered for item in log.subscription_items)
    assert any(row.credit_note_id.startswith("u-") for row in log.credit_note_lines)


def test_every_entity_of_the_contract_has_rows(log: Log) -> None:
    assert set(entities()) == set(contract())
    # A company with states keeps none of what they tell, and the reverse.
    assert [name for name in entities() if not getattr(log, name)] == []


def test_history_that_is_kept_by_versions_has_versions(log: Log) -> None:
    for rows in (log.customers, log.agents, log.teams, log.prices, log.sla_policies):
        keys = Counter(_versioned_key(row) for row in rows)
        assert max(keys.values()) > 1, rows[0]
    assert any(customer.is_deleted for customer in log.customers)


def _versioned_key(row: Any) -> tuple[Any, ...]:
    """The key without the instant since which the version holds."""
    if isinstance(row, Price):
        return (row.price_id, row.currency, row.tier_from_quantity)
    if isinstance(row, SlaPolicy):
        return (row.channel, row.priority, row.metric)
    return (row[0],)


def test_references_lead_somewhere(log: Log) -> None:
    customers = {customer.customer_id for customer in log.customers}
    subscriptions = {subscription.subscription_id for subscription in log.subscriptions}
    tickets = {ticket.ticket_id for ticket in log.tickets}
    assert {each.customer_id for each in log.subscriptions} <= customers
    assert {each.subscription_id for each in log.subscription_items} <= subscriptions
    assert {each.subscription_id for each in log.subscription_states} <= subscriptions
    assert {each.ticket_id for each in log.messages} <= tickets
    assert {each.ticket_id for each in log.contacts} - {None} <= tickets


def test_keys_are_unique(log: Log) -> None:
    for rows, key in (
        (log.invoices, "invoice_id"), (log.payments, "payment_id"), (log.orders, "order_id"),
        (log.tickets, "ticket_id"), (log.messages, "message_id"), (log.contacts, "contact_id"),
        (log.ticket_events, "event_id"), (log.discounts, "discount_id"),
        (log.activity_events, "event_id"), (log.survey_responses, "response_id"),
    ):  # fmt: skip
        keys = [getattr(row, key) for row in rows]  # type: ignore[attr-defined]
        assert len(keys) == len(set(keys)) > 0, key
