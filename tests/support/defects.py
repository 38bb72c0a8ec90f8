"""Defects of a warehouse: one mutation each, of the stage in which such a thing goes wrong.

Raw is damaged as a broken export or a lost page would, canonical and core as a wrong join or filter
in a model would, marts as a wrong last step would.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from assets.expectations.suites import Gate


class Defect(NamedTuple):
    """What goes wrong, and the SQL that does it to a table."""

    gate: Gate
    table: str
    kind: str
    sql: str

    @property
    def name(self) -> str:
        return f"{self.table}: {self.kind}"


_THIRD = "rowid % 3 = 0"

# Entity → its key, a time, and an amount if it has one.
_RAW = {
    "customers": ("customer_id", "created_at", None),
    "subscriptions": ("subscription_id", "started_at", None),
    "subscription_items": ("item_id", "valid_from", "unit_price"),
    "invoices": ("invoice_id", "issued_on", None),
    "invoice_lines": ("invoice_id", "service_from", "unit_price"),
    "payments": ("payment_id", "paid_at", "amount"),
    "orders": ("order_id", "ordered_at", "net_amount"),
    "tickets": ("ticket_id", "created_at", None),
    "ticket_events": ("event_id", "occurred_at", None),
    "messages": ("message_id", "sent_at", None),
    "contacts": ("contact_id", "started_at", None),
    "survey_responses": ("response_id", "submitted_at", "score"),
}
# Table → the numbers that figures are made from.
_CANONICAL = {
    "customers": (),
    "subscriptions": (),
    "subscription_items": ("unit_price", "quantity"),
    "invoices": (),
    "invoice_lines": ("net_amount", "quantity"),
    "credit_note_lines": ("net_amount",),
    "payments": ("amount",),
    "orders": ("net_amount",),
    "tickets": (),
    "ticket_events": (),
    "messages": (),
    "contacts": ("queue_seconds",),
    "survey_responses": ("score",),
}
_CORE = {
    "fct_billed_line": ("net_eur",),
    "fct_credit": ("amount_eur",),
    "fct_paid_period": ("mrr",),
    "balance_span": ("mrr",),
    "fct_customer_month": ("closing_mrr_eur",),
    "fct_mrr_movement": ("amount_eur",),
    "contractual_loss": ("churned_mrr_eur",),
    "customer_dimension_month": ("closing_mrr_eur",),
    "fct_ticket": ("first_resolution_calendar_s",),
    "fct_contact": ("queue_s",),
    "fct_survey_response": ("score",),
    "price_month": ("target_eur",),
}
_MARTS = {
    "marts.metric_value": "value",
    "marts.mrr_movement": "new_eur",
    "marts.churn_value": "churned_mrr_eur",
    "marts.cohort_retention": "n_i",
    "marts.discount_gap": "gap_eur",
    "marts.price_waterfall": "amount_eur",
    "marts.service_kpi": "ticket_backlog",
    "marts.cx_score": "score",
    "marts.customer_lifetime_value": "clv_margin_eur",
    "marts.survival": "survival_rate",
    "restricted.agent_kpi": "solved_n",
}


def every_defect() -> Iterator[Defect]:
    """All of them, stage by stage."""
    for entity, (key, time, amount) in _RAW.items():
        table = f"raw_files.{entity}"
        yield Defect("raw", table, "a third never landed", f"delete from {table} where {_THIRD}")
        yield Defect("raw", table, "a third landed twice", _again(table))
        yield Defect(
            "raw",
            table,
            "most keys are blank",
            f"update {table} set {key} = '' where not ({_THIRD})",
        )
        yield Defect(
            "raw", table, "all times are unreadable", f"update {table} set {time} = '31.31.2024'"
        )
        if amount:
            yield Defect(
                "raw", table, "a third of the amounts is a hundredfold",
                f"update {table} set {amount} = cast({amount} as double) * 100 where {_THIRD}",
            )  # fmt: skip
    yield from _of_exports()
    for entity, amounts in _CANONICAL.items():
        yield from _of_table("canonical", f"canonical.{entity}", amounts)
    for table, amounts in _CORE.items():
        yield from _of_table("core", f"core.{table}", amounts)
    for table, amount in _MARTS.items():
        yield from _of_table("marts", table, (amount,))
        yield Defect("marts", table, "of an older run", f"update {table} set run_id = 'run-0'")


def _of_exports() -> Iterator[Defect]:
    """What a source leaves out: the load is whole, and only what else is known tells."""
    months = {
        "invoices": "issued_on",
        "invoice_lines": "service_from",
        "payments": "paid_at",
        "tickets": "created_at",
        "activity_events": "occurred_at",
        # Of which no other entity says that something was sold.
        "orders": "ordered_at",
    }
    for entity, time in months.items():
        lost = f"{time} like '2026-03%'"
        yield _of_export(entity, "the export lacks a month", lost)
    for entity in ("invoices", "tickets", "activity_events"):
        lost = f"{months[entity]} >= '2026-05-01'"
        yield _of_export(entity, "the export no longer grows", lost)
    for entity in ("customers", "tickets", "orders"):
        yield Defect(
            "raw",
            f"raw_files.{entity}",
            "a column has another type",
            "insert into meta.drift "
            f"select run_id, source, stream, file, 'branch', 'retyped', loaded_at from meta.load "
            f"where stream = '{entity}'",
        )


def _of_export(entity: str, kind: str, lost: str) -> Defect:
    return Defect("raw", f"raw_files.{entity}", kind, _unexported(entity, lost))


def _unexported(entity: str, condition: str) -> str:
    """Neither in the file nor, therefore, in the record of the load."""
    table = f"raw_files.{entity}"
    return (
        f"delete from {table} where {condition}; update meta.load "
        f"set rows_n = (select count(*) from {table}) where stream = '{entity}'"
    )


def _of_table(gate: Gate, table: str, amounts: tuple[str, ...]) -> Iterator[Defect]:
    yield Defect(gate, table, "a third is lost", f"delete from {table} where {_THIRD}")
    yield Defect(gate, table, "a third stands twice", _again(table))
    for amount in amounts:
        yield Defect(
            gate, table, f"{amount} doubled",
            f"update {table} set {amount} = 2 * {amount} where {_THIRD}",
        )  # fmt: skip
        yield Defect(
            gate, table, f"{amount} missing", f"update {table} set {amount} = null where {_THIRD}"
        )


def _again(table: str) -> str:
    return f"insert into {table} select * from {table} where {_THIRD}"
