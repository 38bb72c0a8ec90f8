"""The streams of Zendesk, as data. Adding one is an entry here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

# How pages follow one another; paging.py says what each of them promises.
Paging = Literal["cursor", "time", "pages", "numbers", "feed", "engagements"]


@dataclass(frozen=True)
class Way:
    """An address that a stream is read from. `since` says that a list takes a start_time."""

    path: str
    by: Paging
    params: tuple[tuple[str, str], ...] = ()
    since: bool = False


@dataclass(frozen=True)
class Child:
    """A list that belongs to a record and has an address of its own; `{id}` is the record's."""

    field: str
    path: str


@dataclass(frozen=True)
class Stream:
    """One kind of object.

    `whole` reads everything there is, `changes` what is new since. With both, everything is read
    first and every sweep_days, which finds what was deleted without a word; without `changes`, at
    each run; without `whole`, nothing is ever missing, as records only come.

    `key` names the records in an answer (the stream's name where it says nothing), `one` and
    `single` a record by its id and its name in the answer. `moved_at` is the field that orders the
    stream, `gone` the field and value of a deleted record (any value but null where it says none).
    `scope` is what a token needs, `plan` what the account must have. `is_dated` streams begin at
    the start date of sources.toml; the others are needed whole.
    """

    name: str
    scope: str
    whole: Way | None = None
    changes: Way | None = None
    key: str = ""
    id: str = "id"
    one: str = ""
    single: str = ""
    moved_at: str = "updated_at"
    gone: tuple[str, Any] | None = None
    children: tuple[Child, ...] = ()
    plan: str = "Support"
    is_dated: bool = False
    is_optional: bool = False
    is_lookup: bool = False

    @property
    def ways(self) -> tuple[Way, ...]:
        return tuple(way for way in (self.whole, self.changes) if way)


# Tickets that only AI agents met are left out where nobody asks for all.
_ALL = ("support_type_scope", "all")
_TICKETS = Way(
    "/api/v2/incremental/tickets/cursor.json", "cursor", (("include", "metric_sets"), _ALL)
)
_USERS = Way("/api/v2/incremental/users/cursor.json", "cursor")
_ORGANIZATIONS = Way("/api/v2/incremental/organizations.json", "time")
_RATINGS = "/api/v2/satisfaction_ratings.json"
_TALK = "/api/v2/channels/voice/stats/incremental"

STREAMS = (
    Stream(
        "tickets",
        "tickets:read",
        whole=_TICKETS,
        changes=_TICKETS,
        one="/api/v2/tickets/{id}.json",
        single="ticket",
        # updated_at stays behind where the system changed a ticket.
        moved_at="generated_timestamp",
        gone=("status", "deleted"),
        is_dated=True,
    ),
    # Not /ticket_audits, which forgets archived tickets; comments come with author and visibility.
    Stream(
        "ticket_events",
        "tickets:read",
        changes=Way(
            "/api/v2/incremental/ticket_events.json",
            "time",
            (("include", "comment_events"), _ALL),
        ),
        moved_at="timestamp",
        is_dated=True,
    ),
    # What the company calls the fields of its own, which tickets name by number.
    Stream(
        "ticket_fields",
        "tickets:read",
        whole=Way("/api/v2/ticket_fields.json", "pages"),
        one="/api/v2/ticket_fields/{id}.json",
        single="ticket_field",
        is_lookup=True,
    ),
    # Who deleted a ticket, and when; that it is deleted, the export of tickets says.
    Stream(
        "deleted_tickets",
        "tickets:read",
        changes=Way("/api/v2/deleted_tickets.json", "pages"),
        moved_at="deleted_at",
    ),
    Stream(
        "users",
        "users:read",
        whole=_USERS,
        changes=_USERS,
        one="/api/v2/users/{id}.json",
        single="user",
        gone=("active", False),
    ),
    Stream(
        "organizations",
        "organizations:read",
        # Not their list: it leaves out who was deleted, and shows other fields than the export.
        whole=_ORGANIZATIONS,
        changes=_ORGANIZATIONS,
        one="/api/v2/organizations/{id}.json",
        single="organization",
        gone=("deleted_at", None),
    ),
    Stream(
        "groups",
        "groups:read",
        whole=Way("/api/v2/groups.json", "pages", (("exclude_deleted", "false"),)),
        one="/api/v2/groups/{id}.json",
        single="group",
        gone=("deleted", True),
        is_lookup=True,
    ),
    Stream(
        "group_memberships",
        "groups:read",
        whole=Way("/api/v2/group_memberships.json", "pages"),
        one="/api/v2/group_memberships/{id}.json",
        single="group_membership",
    ),
    Stream(
        "schedules",
        "business_hours:read",
        whole=Way("/api/v2/business_hours/schedules.json", "numbers"),
        one="/api/v2/business_hours/schedules/{id}.json",
        single="schedule",
        children=(Child("holidays", "/api/v2/business_hours/schedules/{id}/holidays.json"),),
        plan="Support Professional",
        is_lookup=True,
    ),
    Stream(
        "sla_policies",
        "slas:read",
        whole=Way("/api/v2/slas/policies.json", "numbers"),
        one="/api/v2/slas/policies/{id}.json",
        single="sla_policy",
        plan="Support Professional",
        is_lookup=True,
    ),
    Stream(
        "satisfaction_ratings",
        "satisfaction_ratings:read",
        whole=Way(_RATINGS, "pages"),
        changes=Way(_RATINGS, "pages", since=True),
        one="/api/v2/satisfaction_ratings/{id}.json",
        single="satisfaction_rating",
        plan="Support Professional",
    ),
    Stream(
        "calls",
        "voice:read",
        changes=Way(f"{_TALK}/calls.json", "time"),
        plan="Talk",
        is_dated=True,
    ),
    Stream(
        "legs",
        "voice:read",
        changes=Way(f"{_TALK}/legs.json", "time"),
        plan="Talk",
        is_dated=True,
    ),
    # Without an admin's credentials, these are what is left of ticket_events.
    Stream(
        "ticket_audits",
        "tickets:read",
        changes=Way("/api/v2/ticket_audits.json", "feed"),
        key="audits",
        moved_at="created_at",
        is_optional=True,
    ),
    Stream(
        "engagements",
        "tickets:read",
        changes=Way("/api/v2/engagements", "engagements"),
        key="agent_engagement_data",
        id="engagement_id",
        moved_at="engagement_start_time",
        plan="Messaging",
        is_dated=True,
        is_optional=True,
    ),
)
USUAL = tuple(stream for stream in STREAMS if not stream.is_optional)
LOOKUPS = tuple(stream.name for stream in STREAMS if stream.is_lookup)
