"""Small random helpdesks with everything that makes ticket figures hard, all in one.

Merges in chains and circles, reopens and thank-yous, bots and people who became bots, ex-agents,
ties in time, missing from_value, unknown requesters, agent-created tickets, what happens after
as_of. Spring of 2026: a clock change, Easter and two month ends are in it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.support.brute_service import Hours

START = datetime(2026, 3, 20, tzinfo=UTC)
DAYS = 50
RESCHEDULED_AT = datetime(2026, 4, 10, tzinfo=UTC)

LUNCH = tuple((day, a, b) for day in range(6) for a, b in ((540, 720), (780, 1080)))
HOURS = {
    "default": Hours(),
    "lunch": Hours(
        time_zone="Europe/Berlin",
        weekly=LUNCH,
        country="DE",
        closed=frozenset({date(2026, 4, 8)}),
        reopened=frozenset({date(2026, 4, 6)}),
        half_days=((date(2026, 4, 9), 600, 720),),
    ),
    "always": Hours(
        time_zone="America/New_York",
        weekly=tuple((day, 0, 1440) for day in range(7)),
        country=None,
    ),
    "night": Hours(
        time_zone="Asia/Kolkata",
        weekly=tuple((day, a, b) for day in range(7) for a, b in ((0, 330), (1290, 1440))),
        country=None,
    ),
}
# team → hours from the beginning of time, and from RESCHEDULED_AT on
TEAMS = {
    "desk": ("default", "default"),
    "lab": ("lunch", "lunch"),
    "round": ("always", "night"),
}
AGENTS = ["ann", "ben", "eve", "gus", "rob", "zoe"]


def hours_of(team: str | None, instant: datetime) -> Hours:
    """The schedule of a team at an instant; teams nobody described have the default."""
    before, after = TEAMS.get(team or "", ("default", "default"))
    return HOURS[before if instant < RESCHEDULED_AT else after]


def _teams() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"team": "desk"}]
    rows.append(
        {
            "team": "lab",
            "time_zone": "Europe/Berlin",
            "schedule": HOURS["lunch"].schedule,
            "holidays": HOURS["lunch"].holidays,
        }
    )
    for name, valid_from in zip(TEAMS["round"], (START, RESCHEDULED_AT), strict=True):
        rows.append(
            {
                "team": "round",
                "time_zone": HOURS[name].time_zone,
                "schedule": HOURS[name].schedule,
                "valid_from": valid_from,
            }
        )
    return rows


def _agents() -> list[dict[str, Any]]:
    changed_at = START + timedelta(days=20)
    return [
        {"agent_id": "ann", "team": "desk", "role": "agent"},
        {"agent_id": "ben", "team": "desk", "role": "ex_agent"},
        {"agent_id": "eve", "team": "desk", "role": "agent", "valid_to": changed_at},
        {"agent_id": "eve", "team": "lab", "role": "agent", "valid_from": changed_at},
        {"agent_id": "gus", "team": "lab", "role": "agent", "valid_to": changed_at},
        {"agent_id": "gus", "team": "lab", "role": "bot", "valid_from": changed_at},
        {"agent_id": "rob", "team": "lab", "role": "bot"},
    ]


class _World:
    def __init__(self, random: Random, tickets_n: int, customers_n: int) -> None:
        self.random = random
        self.customers = [f"c{number}" for number in range(1, customers_n + 1)]
        self.events: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.contacts: list[dict[str, Any]] = []
        self.ids = [f"t{number}" for number in range(tickets_n)]
        self.tickets = [self.ticket(ticket_id) for ticket_id in self.ids]
        for _ in range(tickets_n // 4):
            self.contact(None, self.moment(START, DAYS * 24))

    def maybe(self, value: Any, probability: float) -> Any:
        return value if self.random.random() < probability else None

    def moment(self, start: datetime, hours: float) -> datetime:
        """Often on the full half hour, so that things coincide."""
        seconds = self.random.randrange(int(hours * 3600))
        if self.random.random() < 0.5:
            seconds -= seconds % 1800
        return start + timedelta(seconds=seconds)

    def ticket(self, ticket_id: str) -> dict[str, Any]:
        random = self.random
        created_at = self.moment(START, DAYS * 24)
        team = random.choice([*TEAMS, "unheard", None])
        row: dict[str, Any] = {
            "ticket_id": ticket_id,
            "customer_id": random.choice([*self.customers, *self.customers, "own", None]),
            "person_id": random.choice(["p1", "p2", None]),
            "channel": random.choice(["email", "web", "chat", "phone"]),
            "topic": random.choice(["bill", "bill", "fault", None]),
            "priority": random.choice(["low", "high", None]),
            "team": team,
            "agent_id": random.choice([*AGENTS, None]),
            "created_at": created_at,
            "created_by": random.choice(
                ["customer", "customer", "customer", None, "agent", "system"]
            ),
            "first_assigned_at": self.maybe(self.moment(created_at, 3), 0.3),
            "status": random.choice(["open", "solved", "closed", "closed", "closed"]),
            "is_spam": random.random() < 0.03,
            "is_test": self.maybe(random.random() < 0.1, 0.3),
        }
        if random.random() < 0.06:
            row["status"] = "deleted"
            if random.random() < 0.7:
                at = self.moment(created_at, 500)
                self.event(ticket_id, at, "status", "open", "deleted")
        if random.random() < 0.15:
            row["merged_into_ticket_id"] = random.choice([*self.ids, "unheard"])
        if random.random() < 0.05:
            self.event(
                ticket_id, self.moment(created_at, 72), "merged_into", None, random.choice(self.ids)
            )
        self.log(ticket_id, created_at, team)
        for _ in range(random.choice([0, 1, 1, 1, 2, 3, 4])):
            self.message(ticket_id, created_at)
        if random.random() < 0.4:
            for _ in range(random.choice([1, 1, 2])):
                self.contact(ticket_id, self.moment(created_at, random.choice([0.02, 50])))
        if random.random() < 0.6:
            row["solved_at"] = self.moment(created_at, 100)
        return row

    def event(self, ticket_id: str, at: datetime, field: str, before: Any, after: Any) -> None:
        self.events.append(
            {
                "event_id": f"e{len(self.events)}",
                "ticket_id": ticket_id,
                "occurred_at": at,
                "field": field,
                "from_value": self.maybe(before, 0.7),
                "to_value": after,
            }
        )

    def log(self, ticket_id: str, created_at: datetime, team: str | None) -> None:
        random = self.random
        at = created_at
        holder = {"status": "new", "team": team, "agent_id": None}
        for _ in range(random.choice([0, 1, 3, 4, 6, 8, 10])):
            if random.random() < 0.7:
                at = self.moment(at, random.choice([1, 10, 60]))
            field = random.choice(["status", "status", "status", "agent_id", "team"])
            values: dict[str, list[Any]] = {
                "status": ["open", "pending", "hold", "solved", "solved", "solved", "closed"],
                "team": [*TEAMS, "unheard", None],
                "agent_id": [*AGENTS, None],
            }
            after = random.choice(values[field])
            self.event(ticket_id, at, field, holder[field], after)
            holder[field] = after
        if random.random() < 0.1:
            self.event(ticket_id, at, "tag", None, "vip")

    def message(self, ticket_id: str, created_at: datetime) -> None:
        random = self.random
        at = self.moment(created_at - timedelta(minutes=10), random.choice([1, 10, 100]))
        if self.events and random.random() < 0.3:
            at = self.events[-1]["occurred_at"]
        self.messages.append(
            {
                "message_id": f"m{len(self.messages)}",
                "ticket_id": ticket_id,
                "author_type": random.choice(
                    ["agent", "agent", "agent", "customer", "customer", "bot"]
                ),
                "author_id": random.choice([*AGENTS, None]),
                "is_public": random.random() < 0.9,
                "is_automated": self.maybe(random.random() < 0.2, 0.5),
                "sent_at": at,
            }
        )

    def contact(self, ticket_id: str | None, at: datetime) -> None:
        random = self.random
        self.contacts.append(
            {
                "contact_id": f"k{len(self.contacts)}",
                "ticket_id": ticket_id or self.maybe("unheard", 0.1),
                "channel": random.choice(["phone", "phone", "chat"]),
                "direction": random.choice(["inbound", "inbound", "inbound", "outbound"]),
                "topic": random.choice(["bill", "fault", None]),
                "team": random.choice(["desk", "lab", None]),
                "agent_id": random.choice([*AGENTS, None]),
                "customer_id": random.choice([*self.customers, "own", None]),
                "person_id": random.choice(["p1", None]),
                "started_at": at,
                "outcome": random.choice(
                    ["answered", "answered", "answered", "abandoned", "blocked", "after_hours"]
                ),
                "queue_seconds": self.maybe(random.randrange(12), 0.8),
                "talk_seconds": self.maybe(random.randrange(600), 0.7),
                "hold_seconds": self.maybe(random.randrange(60), 0.5),
                "after_call_seconds": self.maybe(random.randrange(60), 0.5),
                "handle_seconds": self.maybe(random.randrange(900), 0.2),
                "is_resolved": random.choice([True, False, None]),
            }
        )


def _policies(random: Random) -> list[dict[str, Any]]:
    """Policies that overlap, pause or not, and change."""
    rows: list[dict[str, Any]] = []
    for metric in ("first_reply", "next_reply", "resolution"):
        for channel, priority in ((None, None), ("email", None), (None, "high"), ("email", "high")):
            if random.random() < 0.4:
                continue
            begins: list[list[datetime | None]] = [[None], [None, RESCHEDULED_AT]]
            rows += [
                {
                    "channel": channel,
                    "priority": priority,
                    "metric": metric,
                    "target_seconds": random.choice([600, 3600, 8 * 3600, 100 * 3600]),
                    "clock": random.choice([None, "business", "calendar"]),
                    "pausing_statuses": random.choice([None, "pending", "pending;on-hold"]),
                    "valid_from": valid_from,
                }
                for valid_from in random.choice(begins)
            ]
    return rows


def random_helpdesk(
    random: Random, tickets_n: int = 60, customers_n: int = 8
) -> dict[str, list[dict[str, Any]]]:
    """A world for the Helpdesk of brute_service."""
    world = _World(random, tickets_n, customers_n)
    return {
        "customers": [
            {"customer_id": "c1"},
            {"customer_id": "c2", "is_internal": False},
            {"customer_id": "own", "is_internal": True},
        ],
        "people": [
            {"person_id": "p1", "customer_id": "c1"},
            {"person_id": "p2", "customer_id": None},
        ],
        "teams": _teams(),
        "agents_version": _agents(),
        "tickets": world.tickets,
        "ticket_events": world.events,
        "messages": world.messages,
        "contacts": world.contacts,
        "sla_policies": _policies(random),
    }
