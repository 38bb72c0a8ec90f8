"""The same company in two deliveries: what came first lacks rows and holds mistakes.

The first delivery is a log of its own, with a truth of its own; the second brings what was late and
what was corrected, after which the whole company's truth holds. Held back are rows that nothing
refers to, and invoices and tickets with all that belongs to them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from simulator.almanac import DAY_S
from simulator.chance import Chance
from simulator.company import AS_OF
from simulator.log import Log, entities
from simulator.truth.table import Figure

_LATE_SHARE = 0.03
_CORRECTED_PER_ENTITY = 6
# Where a source says when a row was changed, a correction is newer than any carelessness.
_CORRECTED_AT = AS_OF - 5 * DAY_S

# Entity → the column that names its parent, for what belongs to an invoice or a ticket.
_OF_INVOICE = {
    "invoices": "invoice_id",
    "invoice_lines": "invoice_id",
    "payments": "invoice_id",
    "credit_note_lines": "invoice_id",
}
_OF_TICKET = {
    "tickets": "ticket_id",
    "ticket_events": "ticket_id",
    "messages": "ticket_id",
    "contacts": "ticket_id",
    "survey_responses": "ticket_id",
    "qa_reviews": "ticket_id",
}
_ALONE = [
    "orders", "payments", "credit_note_lines", "messages", "ticket_events", "activity_events",
]  # fmt: skip

# Entity → which rows came wrong at first, and how.
_WRONG: dict[str, tuple[Callable[[Any], Any], Callable[[Any], dict[str, Any]]]] = {
    "invoices": (lambda row: row.status == "paid", lambda row: {"status": "draft"}),
    "invoice_lines": (
        lambda row: row.is_recurring and row.net_amount is None,
        lambda row: {"quantity": row.quantity + 1},
    ),
    "subscription_items": (
        lambda row: not row.is_metered,
        lambda row: {"quantity": row.quantity + 1},
    ),
    "subscriptions": (
        lambda row: row.end_reason == "voluntary" and row.updated_at is None,
        lambda row: {"end_reason": "business_end"},
    ),
    "orders": (lambda row: row.net_amount > 0, lambda row: {"net_amount": row.net_amount + 10}),
    "credit_note_lines": (
        lambda row: row.reason == "goodwill",
        lambda row: {"net_amount": row.net_amount + Decimal("0.5")},
    ),
    "tickets": (lambda row: row.topic is not None, lambda row: {"topic": "muu"}),
    "messages": (
        lambda row: row.author_type == "agent" and row.is_public,
        lambda row: {"is_public": False},
    ),
    "contacts": (
        lambda row: row.outcome == "answered" and row.queue_seconds is not None,
        lambda row: {"queue_seconds": row.queue_seconds + 40},
    ),
}


@dataclass
class Restated:
    """What was delivered first, what came later, and how many later rows replace one."""

    first: Log
    later: dict[str, list[Any]] = field(default_factory=dict)
    replaced_n: dict[str, int] = field(default_factory=dict)


def restate(log: Log, seed: int) -> Restated:
    """Take late rows and corrections out of a log."""
    chance = Chance(seed, "restate")
    found = Restated(copy.copy(log))
    late = _late_rows(log, chance)
    for entity in entities():
        rows = getattr(log, entity)
        held_back = late.get(entity, set())
        first = [row for place, row in enumerate(rows) if place not in held_back]
        later = [rows[place] for place in sorted(held_back)]
        corrected = _spoil(first, chance, entity)
        setattr(found.first, entity, first)
        if later or corrected:
            found.later[entity] = later + corrected
            found.replaced_n[entity] = len(corrected)
    return found


def _late_rows(log: Log, chance: Chance) -> dict[str, set[int]]:
    """Entity → places of the rows that come later."""
    invoices = {row.invoice_id for row in log.invoices if chance.happens(_LATE_SHARE)}
    merged = {row.merged_into_ticket_id for row in log.tickets}
    tickets = {
        row.ticket_id
        for row in log.tickets
        if row.merged_into_ticket_id is None
        and row.ticket_id not in merged
        and chance.happens(_LATE_SHARE)
    }
    late: dict[str, set[int]] = {}
    for parents, children in ((invoices, _OF_INVOICE), (tickets, _OF_TICKET)):
        for entity, column in children.items():
            late.setdefault(entity, set()).update(_places(getattr(log, entity), column, parents))
    responses = {log.survey_responses[place].response_id for place in late["survey_responses"]}
    late["followups"] = set(_places(log.followups, "response_id", responses))
    for entity in _ALONE:
        alone = {place for place in range(len(getattr(log, entity))) if chance.happens(_LATE_SHARE)}
        late.setdefault(entity, set()).update(alone)
    return late


def _places(rows: list[Any], column: str, parents: set[str]) -> Iterator[int]:
    return (place for place, row in enumerate(rows) if getattr(row, column) in parents)


def _spoil(rows: list[Any], chance: Chance, entity: str) -> list[Any]:
    """Put a few wrong rows in the place of right ones; returns the right ones."""
    if entity not in _WRONG:
        return []
    fits, wrong = _WRONG[entity]
    places = [place for place, row in enumerate(rows) if fits(row)]
    chosen = {chance.one_of(places) for _ in range(_CORRECTED_PER_ENTITY)} if places else set()
    corrected = []
    for place in sorted(chosen):
        right = rows[place]
        rows[place] = right._replace(**wrong(right))
        has_clock = "updated_at" in right._fields
        corrected.append(right._replace(updated_at=_CORRECTED_AT) if has_clock else right)
    return corrected


def restated_figures(before: Iterable[Figure], after: Iterable[Figure]) -> Iterator[Figure]:
    """The figures that are other ones after the later delivery, as they are then."""
    known = {figure.key: figure.value for figure in before}
    return (figure for figure in after if known.get(figure.key) != figure.value)
