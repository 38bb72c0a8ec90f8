"""The same company as a careless source would deliver it, with a record of every carelessness.

Nothing here changes what is true: what is added is either a version that a better row replaces, or
a row that the contract refuses. So the clean company's figures are the messy one's too, and the
record says how many rows must end in quarantine or as superseded.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from simulator.almanac import DAY_S
from simulator.chance import Chance
from simulator.company import AS_OF
from simulator.files import Unreadable
from simulator.log import Log, entities
from simulator.restate import Restated

_PER_KIND = 3
_LATE_SHARE = 0.04


class Note(NamedTuple):
    """One careless row: what was done, and what must become of it."""

    entity: str
    kind: str
    key: str
    outcome: str


@dataclass
class Delivery:
    """Rows by entity and file, in the order in which they are delivered."""

    files: dict[str, list[list[Any]]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


# Copies of a good row under a new key, each broken in one way: entity, kind, what is replaced.
_REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("subscriptions", "orphan", {"subscription_id": "", "customer_id": "c-nobody"}),
    ("subscription_items", "orphan", {"item_id": "", "subscription_id": "s-nobody"}),
    ("invoice_lines", "orphan", {"invoice_id": ""}),
    ("messages", "orphan", {"message_id": "", "ticket_id": "t-nobody"}),
    ("ticket_events", "orphan", {"event_id": "", "ticket_id": "t-nobody"}),
    ("payments", "wrong currency", {"payment_id": "", "currency": "EURO"}),
    ("orders", "wrong currency", {"order_id": "", "currency": "E"}),
    ("invoices", "wrong currency", {"invoice_id": "", "currency": "ZZZ"}),
    ("invoices", "missing field", {"invoice_id": "", "customer_id": None}),
    ("tickets", "missing field", {"ticket_id": "", "created_at": None}),
    ("contacts", "missing field", {"contact_id": "", "outcome": None}),
    ("survey_responses", "missing field", {"response_id": "", "score": None}),
    ("subscription_items", "negative quantity", {"item_id": "", "quantity": Decimal(-1)}),
    ("tickets", "wrong value", {"ticket_id": "", "channel": "pigeon"}),
    ("invoices", "wrong value", {"invoice_id": "", "status": "almost"}),
]

# What only text can say.
_UNREADABLE: list[tuple[str, str, dict[str, Any]]] = [
    ("tickets", "wrong date", {"ticket_id": "", "created_at": Unreadable("2025-02-30T12:00:00Z")}),
    ("invoices", "wrong date", {"invoice_id": "", "issued_on": Unreadable("31.13.2025")}),
    ("payments", "wrong number", {"payment_id": "", "amount": Unreadable("twelve")}),
]

_DUPLICATED = ["payments", "invoice_lines", "tickets", "messages", "contacts", "activity_events"]

_LATE = [*_DUPLICATED, "invoices", "subscriptions", "orders", "ticket_events"]

# Entity → how an earlier version was wrong. Their rows carry updated_at when they were corrected.
_CORRECTED: dict[str, Callable[[Any], Any]] = {
    "invoices": lambda row: row._replace(status="draft"),
    "tickets": lambda row: row._replace(topic="muu", channel="other"),
    "subscriptions": lambda row: row._replace(plan="Erehdys", end_reason=None),
}


def make_mess(log: Log, seed: int, form: str) -> Delivery:
    """The log as delivered; `form` decides whether unreadable text is possible."""
    delivery = Delivery({entity: [list(getattr(log, entity))] for entity in entities()})
    chance = Chance(seed, "mess")
    refused = _REFUSED + (_UNREADABLE if form == "csv" else [])
    for entity, kind, changes in refused:
        _refuse(delivery, chance, entity, kind, changes)
    for entity in _DUPLICATED:
        _duplicate(delivery, chance, entity)
    for entity, spoil in _CORRECTED.items():
        _correct(delivery, chance, entity, spoil)
    for entity in _LATE:
        _be_late(delivery, chance, entity)
    return delivery


def _some(chance: Chance, rows: list[Any]) -> list[int]:
    """Places of a few different rows."""
    return sorted({chance.below(len(rows)) for _ in range(_PER_KIND)}) if rows else []


def _refuse(
    delivery: Delivery, chance: Chance, entity: str, kind: str, changes: dict[str, Any]
) -> None:
    rows = delivery.files[entity][0]
    key = next(iter(changes))
    for place in _some(chance, rows):
        name = f"mess-{len(delivery.notes)}"
        changes = changes | {key: name}
        rows.append(rows[place]._replace(**changes))
        delivery.notes.append(Note(entity, kind, name, "quarantined"))


def _duplicate(delivery: Delivery, chance: Chance, entity: str) -> None:
    rows = delivery.files[entity][0]
    refused = sum(note.entity == entity for note in delivery.notes)
    for place in _some(chance, rows[: len(rows) - refused]):
        rows.append(rows[place])
        delivery.notes.append(Note(entity, "duplicate", str(rows[place][0]), "superseded"))


def _correct(delivery: Delivery, chance: Chance, entity: str, spoil: Callable[[Any], Any]) -> None:
    rows = delivery.files[entity][0]
    touched = {note.key for note in delivery.notes}
    for place in _some(chance, rows[: len(rows) // 2]):
        row = rows[place]
        # Where a clock is set already, the contract reads something from it.
        if row[0] in touched or row.updated_at is not None:
            continue
        rows[place] = row._replace(updated_at=AS_OF - 10 * DAY_S)
        rows.append(spoil(row)._replace(updated_at=AS_OF - 20 * DAY_S))
        delivery.notes.append(Note(entity, "correction", str(row[0]), "superseded"))


def _be_late(delivery: Delivery, chance: Chance, entity: str) -> None:
    """Some rows come in a second file, long after their time."""
    first: list[Any] = []
    late: list[Any] = []
    for row in delivery.files[entity][0]:
        (late if chance.happens(_LATE_SHARE) else first).append(row)
    if late and first:
        delivery.files[entity] = [first, late]


def _older_versions(entity: str, files: list[list[Any]]) -> int:
    """How many rows are history of the same customer or agent, as they should be."""
    if entity not in ("customers", "agents"):
        return 0
    rows = [row for part in files for row in part]
    return len(rows) - len({row[0] for row in rows})


def write_mess(folder: Path, delivery: Delivery, later: Restated | None = None) -> None:
    """truth/mess.csv: every careless row; truth/row_account.csv: the sums by entity.

    With `later`, the sums are those after the later delivery.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "mess.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Note._fields)
        writer.writerows(delivery.notes)
    outcomes = Counter((note.entity, note.outcome) for note in delivery.notes)
    with (folder / "row_account.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["entity", "rows_in", "rows_current", "rows_superseded", "rows_quarantined"]
        )
        for entity, files in delivery.files.items():
            rows_in = sum(len(rows) for rows in files)
            superseded = outcomes[entity, "superseded"] + _older_versions(entity, files)
            if later is not None:
                rows_in += len(later.later.get(entity, []))
                superseded += later.replaced_n.get(entity, 0)
            quarantined = outcomes[entity, "quarantined"]
            if rows_in:
                current = rows_in - superseded - quarantined
                writer.writerow([entity, rows_in, current, superseded, quarantined])
