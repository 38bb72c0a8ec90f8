"""A Zendesk account: its records, when each last moved, and what a token may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]
Id = int | str

# Records lie here by kind; exports and lists show them.
COLLECTIONS = (
    "tickets",
    "ticket_events",
    "ticket_fields",
    "deleted_tickets",
    "users",
    "organizations",
    "groups",
    "group_memberships",
    "schedules",
    "holidays",
    "sla_policies",
    "satisfaction_ratings",
    "calls",
    "legs",
    "ticket_audits",
    "engagements",
)
# The field that says when a record last moved, where it is not updated_at.
_MOVED_AT = {
    "tickets": "generated_timestamp",
    "ticket_events": "timestamp",
    "deleted_tickets": "deleted_at",
    "holidays": "start_date",
    "ticket_audits": "created_at",
    "engagements": "engagement_start_time",
}
# Of a ticket that was deleted for good, this is left.
_SCRUBBED = {"subject": "SCRUBBED", "raw_subject": "SCRUBBED", "description": "SCRUBBED"}


def iso(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(value: int | str) -> int:
    if isinstance(value, int):
        return value
    at = datetime.fromisoformat(value)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


@dataclass
class Account:
    """Records as they are with every sideload.

    `now` is the account's time. `scopes_missing` are collections that the token may not read,
    `plans_missing` those that the account has not bought. `unseen` are records by collection and id
    that no export shows before an instant.
    """

    now: int
    email: str = "admin@example.com"
    token: str = "loopback-token"
    scopes_missing: set[str] = field(default_factory=set)
    plans_missing: set[str] = field(default_factory=set)
    objects: dict[str, dict[Id, Object]] = field(
        default_factory=lambda: {name: {} for name in COLLECTIONS}
    )
    unseen: dict[tuple[str, Id], int] = field(default_factory=dict)

    def load(self, collection: str, items: Iterable[Object]) -> None:
        """Records that were there before anybody asked."""
        key = "engagement_id" if collection == "engagements" else "id"
        for item in items:
            self.objects[collection][item[key]] = item

    def put(self, collection: str, item: Object) -> None:
        """Create or change a record now."""
        moved_at = _MOVED_AT.get(collection, "updated_at")
        at: Object = {moved_at: iso(self.now) if moved_at.endswith("_at") else self.now}
        if collection == "tickets":
            at["updated_at"] = iso(self.now)
        self.load(collection, [item | at])

    def touch(self, id_: int, **changed: Any) -> None:
        """The system changes a ticket: its updated_at stays behind."""
        ticket = self.objects["tickets"][id_]
        self.load("tickets", [ticket | changed | {"generated_timestamp": self.now}])

    def delete_ticket(self, id_: int) -> None:
        """Into the bin: it stays in the export as deleted, and in the list of deleted ones."""
        ticket = self.objects["tickets"][id_]
        self.put("tickets", ticket | {"status": "deleted"})
        self.put(
            "deleted_tickets",
            {
                "id": id_,
                "subject": ticket["subject"],
                "description": ticket["description"],
                "actor": {"id": ticket["submitter_id"], "name": "Somebody"},
                "previous_state": ticket["status"],
            },
        )

    def restore_ticket(self, id_: int) -> None:
        del self.objects["deleted_tickets"][id_]
        self.put("tickets", self.objects["tickets"][id_] | {"status": "open"})

    def scrub_ticket(self, id_: int) -> None:
        """Deleted for good: nothing but the shell is left in the export."""
        del self.objects["deleted_tickets"][id_]
        self.put("tickets", self.objects["tickets"][id_] | _SCRUBBED)

    def remove(self, collection: str, id_: Id) -> None:
        """Gone without a word."""
        del self.objects[collection][id_]

    def moved(self, collection: str, item: Object) -> int:
        """When a record last moved, in seconds."""
        return seconds(item[_MOVED_AT.get(collection, "updated_at")])

    def exported(self, collection: str, until: int) -> list[tuple[int, Object]]:
        """What an export can show, in its order: by when it moved, then by id."""
        shown = [
            (self.moved(collection, item), item)
            for id_, item in self.objects[collection].items()
            if self.unseen.get((collection, id_), 0) <= self.now
        ]
        return sorted(
            ((at, item) for at, item in shown if at <= until),
            key=lambda pair: (pair[0], pair[1]["id"]),
        )
