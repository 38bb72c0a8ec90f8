"""The log as Zendesk's objects, with every sideload.

What Zendesk has no place for stands in fields of the company's own, as a company would do it: the
topic of a ticket, the segment of an organization. Zendesk's ids are numbers; what the log calls a
record is its external_id, where Zendesk has one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from simulator import company
from simulator.almanac import OpeningHours, date_of, day_of, finnish_holidays, midnight, weekday
from simulator.log import Agent, Contact, Log, Message, Person, Team, Ticket, TicketEvent
from simulator.zendesk.account import Account, Object, iso

_HOST = "https://example.zendesk.com/api/v2"
_LONG_AGO = midnight(day_of(2023, 1, 1))
# Ids of a kind begin here, so that no two kinds share one.
_FIRST_ID = {
    "users": 1_500_000_000_000,
    "organizations": 1_600_000_000_000,
    "groups": 1_700_000_000_000,
    "group_memberships": 1_710_000_000_000,
    "schedules": 1_720_000_000_000,
    "holidays": 1_730_000_000_000,
    "sla_policies": 1_740_000_000_000,
    "statuses": 1_750_000_000_000,
    "events": 2_000_000_000_000,
    "beginnings": 2_500_000_000_000,
    "changes": 3_000_000_000_000,
    "comments": 4_000_000_000_000,
    "ratings": 5_000_000_000_000,
    "calls": 6_000_000_000_000,
    "legs": 7_000_000_000_000,
}
TOPIC_FIELD, FCR_FIELD = 360_000_000_001, 360_000_000_002
# Zendesk's word for who acts when nobody does.
_SYSTEM = -1
_CHANNELS = {"phone": "voice", "social": "twitter", "email": "email", "web": "web", "chat": "chat"}
_VIA = {"voice": "Phone call", "twitter": "Twitter", "email": "Mail", "web": "Web form",
        "chat": "Chat"}  # fmt: skip
_VIA_IDS = {"web": 0, "email": 4, "chat": 29, "voice": 33, "twitter": 30}
_STATUSES = ("new", "open", "pending", "hold", "solved", "closed", "deleted")
_COMPLETION = {
    "answered": "completed",
    "abandoned": "abandoned_in_queue",
    "blocked": "not_answered",
    "after_hours": "abandoned_in_voicemail",
}
_SLA_METRICS = {"first_reply": "first_reply_time", "next_reply": "next_reply_time"}
# A rating of five says good or bad in Zendesk.
_GOOD_FROM = 4
_RATED_QUESTION = "csat-5"
_ROLE_TYPES = {"light_agent": 1, "admin": 4}


def fill(account: Account, log: Log) -> Account:
    """Put the log's helpdesk into an account, as if it had been there for years."""
    desk = _Desk(log)
    account.load("organizations", desk.organizations())
    account.load("users", desk.users())
    account.load("groups", desk.groups())
    account.load("group_memberships", desk.group_memberships())
    account.load("schedules", desk.schedules())
    account.load("holidays", desk.holidays())
    account.load("sla_policies", desk.sla_policies())
    account.load("ticket_events", desk.ticket_events())
    account.load("ticket_fields", ticket_fields())
    account.load("tickets", desk.tickets())
    account.load("deleted_tickets", desk.deleted_tickets())
    account.load("satisfaction_ratings", desk.satisfaction_ratings())
    account.load("calls", desk.calls())
    account.load("legs", desk.legs())
    account.load("engagements", desk.engagements())
    account.load("ticket_audits", map(_audit, account.objects["ticket_events"].values()))
    return account


class _Ids:
    """Numbers for the log's names, by kind, in the order in which they come."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = defaultdict(dict)

    def of(self, kind: str, name: str) -> int:
        known = self._known[kind]
        return known.setdefault(name, _FIRST_ID[kind] + len(known) + 1)


def ticket_id(name: str) -> int:
    """Tickets are numbered in Zendesk as they are in the log."""
    return int(name.removeprefix("t"))


def _numbered(kind: str, name: str) -> int:
    """An id of the log that ends in a number keeps it."""
    return _FIRST_ID[kind] + int(name[1:])


def _url(path: str, id_: int) -> str:
    return f"{_HOST}/{path}/{id_}.json"


class _Desk:
    """The log with its rows at hand by what they belong to."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._ids = _Ids()
        self._people: dict[str, Person] = {p.person_id: p for p in log.people}
        self._agents: dict[str, Agent] = {
            agent.agent_id: agent
            for agent in sorted(log.agents, key=lambda agent: agent.updated_at or 0)
        }
        # What a team keeps now; what it kept before, Zendesk does not tell.
        self._teams: dict[str, Team] = {
            team.team: team for team in sorted(log.teams, key=lambda team: team.valid_from or 0)
        }
        self._open: dict[Team | None, OpeningHours] = {}
        self._tickets: dict[str, Ticket] = {t.ticket_id: t for t in log.tickets}
        self._changes: dict[str, list[TicketEvent]] = defaultdict(list)
        for event in log.ticket_events:
            self._changes[event.ticket_id].append(event)
        self._messages: dict[str, list[Message]] = defaultdict(list)
        for message in log.messages:
            self._messages[message.ticket_id].append(message)
        # Ratings by ticket: the last one given stands at the ticket too.
        self._rated = {
            response.ticket_id: response
            for response in log.survey_responses
            if response.ticket_id in self._tickets and response.question_id == _RATED_QUESTION
        }

    # who

    def _user(self, name: str | None, kind: str) -> int | None:
        return None if name is None else self._ids.of("users", f"{kind}:{name}")

    def _agent(self, name: str | None) -> int | None:
        return self._user(name, "agent")

    def _requester(self, ticket: Ticket) -> int:
        if ticket.person_id in self._people:
            return self._ids.of("users", f"person:{ticket.person_id}")
        return self._ids.of("users", f"address:{ticket.requester_address}")

    def _group(self, team: str | None) -> int | None:
        return None if team is None else self._ids.of("groups", team)

    def _organization(self, customer_id: str | None) -> int | None:
        return None if customer_id is None else self._ids.of("organizations", customer_id)

    def organizations(self) -> Iterator[Object]:
        for row in {
            row.customer_id: row
            for row in sorted(self._log.customers, key=lambda row: row.updated_at or 0)
        }.values():
            id_ = self._ids.of("organizations", row.customer_id)
            created_at = iso(row.created_at or _LONG_AGO)
            names = (
                "customer_type", "segment", "region", "branch", "country", "business_id",
                "acquisition_source", "is_internal",
            )  # fmt: skip
            yield {
                "url": _url("organizations", id_),
                "id": id_,
                "name": row.name or row.customer_id,
                "shared_tickets": False,
                "shared_comments": False,
                "external_id": row.customer_id,
                "created_at": created_at,
                "updated_at": iso(row.updated_at) if row.updated_at else created_at,
                "domain_names": [],
                "details": None,
                "notes": None,
                "group_id": None,
                "tags": [],
                "organization_fields": {name: getattr(row, name) for name in names},
                "deleted_at": created_at if row.is_deleted else None,
            }

    def users(self) -> Iterator[Object]:
        for agent in self._agents.values():
            id_ = self._ids.of("users", f"agent:{agent.agent_id}")
            yield _user(
                id_,
                agent.name or agent.agent_id,
                email=f"{agent.agent_id}@example.com",
                external_id=agent.agent_id,
                role="admin" if agent.role == "admin" else "agent",
                role_type=_ROLE_TYPES.get(agent.role or ""),
                active=agent.role != "ex_agent",
                tags=["bot"] if agent.role == "bot" else [],
                default_group_id=self._group(agent.team),
                at=agent.updated_at or _LONG_AGO,
            )
        for person in self._people.values():
            yield _user(
                self._ids.of("users", f"person:{person.person_id}"),
                person.person_id,
                email=person.email,
                phone=person.phone,
                external_id=person.person_id,
                locale=person.language or "fi",
                organization_id=self._organization(person.customer_id),
                active=not person.is_deleted,
                user_fields={"can_be_surveyed": person.can_be_surveyed},
                at=person.updated_at or _LONG_AGO,
            )
        strangers = {
            ticket.requester_address: ticket
            for ticket in reversed(self._log.tickets)
            if ticket.person_id not in self._people
        }
        for address, ticket in strangers.items():
            is_email = "@" in (address or "")
            yield _user(
                self._ids.of("users", f"address:{address}"),
                address or "unknown",
                email=address if is_email else None,
                phone=None if is_email else address,
                verified=False,
                organization_id=self._organization(ticket.customer_id),
                at=ticket.created_at,
            )

    def groups(self) -> Iterator[Object]:
        for team in sorted({row.team for row in self._log.teams}):
            id_ = self._ids.of("groups", team)
            yield {
                "url": _url("groups", id_),
                "id": id_,
                "is_public": True,
                "name": team,
                "description": "",
                "default": team == "aspa",
                "deleted": False,
                "created_at": iso(_LONG_AGO),
                "updated_at": iso(_LONG_AGO),
            }

    def group_memberships(self) -> Iterator[Object]:
        for agent in self._agents.values():
            if agent.team is None:
                continue
            id_ = self._ids.of("group_memberships", agent.agent_id)
            yield {
                "url": _url("group_memberships", id_),
                "id": id_,
                "user_id": self._agent(agent.agent_id),
                "group_id": self._group(agent.team),
                "default": True,
                "created_at": iso(agent.updated_at or _LONG_AGO),
                "updated_at": iso(agent.updated_at or _LONG_AGO),
            }

    # hours and promises

    def schedules(self) -> Iterator[Object]:
        """A schedule of each team, named after it, as it is kept now."""
        for row in self._teams.values():
            hours = OpeningHours(row.schedule, None)
            yield {
                "id": self._ids.of("schedules", row.team),
                "name": row.team,
                "time_zone": "Helsinki",
                "created_at": iso(_LONG_AGO),
                "updated_at": iso(row.valid_from or _LONG_AGO),
                # Minutes since Sunday.
                "intervals": [
                    {
                        "start_time": (day + 1) % 7 * 1_440 + start // 60,
                        "end_time": (day + 1) % 7 * 1_440 + end // 60,
                    }
                    for day in (6, 0, 1, 2, 3, 4, 5)
                    for start, end in hours.spans(_an_ordinary(day))
                ],
            }

    def holidays(self) -> Iterator[Object]:
        """Days on which a team is closed for the whole day."""
        last = date_of(company.AS_OF_DAY).year
        days = range(day_of(2023, 1, 1), day_of(last, 12, 31) + 1)
        public = {day for year in range(2023, last + 1) for day in finnish_holidays(year)}
        for row in self._teams.values():
            hours, week = OpeningHours(row.schedule, row.holidays), OpeningHours(row.schedule, "")
            for day in days:
                if not hours.spans(day) and (day in public or week.spans(day)):
                    name = f"{row.team} {date_of(day)}"
                    yield {
                        "id": self._ids.of("holidays", name),
                        "schedule_id": self._ids.of("schedules", row.team),
                        "name": name,
                        "start_date": str(date_of(day)),
                        "end_date": str(date_of(day)),
                    }

    def sla_policies(self) -> Iterator[Object]:
        for position, row in enumerate(self._log.sla_policies, 1):
            id_ = self._ids.of("sla_policies", str(position))
            resolution = "agent_work_time" if row.pausing_statuses else "total_resolution_time"
            channel = _CHANNELS.get(row.channel or "")
            at = iso(row.valid_from or _LONG_AGO)
            yield {
                "url": _url("slas/policies", id_),
                "id": id_,
                "title": f"{row.metric} {row.channel} {row.priority}",
                "description": None,
                "position": position,
                "filter": {
                    "all": [{"field": "current_via_id", "operator": "is",
                             "value": _VIA_IDS[channel]}] if channel else [],
                    "any": [],
                },
                "policy_metrics": [
                    {
                        "priority": row.priority,
                        "metric": _SLA_METRICS.get(row.metric, resolution),
                        "target": row.target_seconds // 60,
                        "target_in_seconds": row.target_seconds,
                        "business_hours": row.clock == "business",
                    }
                ],
                "created_at": at,
                "updated_at": at,
            }  # fmt: skip

    # tickets and what happened to them

    def tickets(self) -> Iterator[Object]:
        for ticket in self._log.tickets:
            yield self._ticket(ticket)

    def _ticket(self, ticket: Ticket) -> Object:
        id_, channel = ticket_id(ticket.ticket_id), _CHANNELS[ticket.channel]
        changes = self._changes[ticket.ticket_id]
        messages = self._messages[ticket.ticket_id]
        times = [event.occurred_at for event in changes] + [m.sent_at for m in messages]
        updated_at = max(times, default=ticket.created_at)
        requester_id = self._requester(ticket)
        tags = [name for name, is_so in (
            ("spam", ticket.is_spam),
            ("test", ticket.is_test),
            ("closed_by_merge", ticket.merged_into_ticket_id),
        ) if is_so]  # fmt: skip
        return {
            "url": _url("tickets", id_),
            "id": id_,
            "external_id": ticket.ticket_id,
            "via": _via(channel, self._sender(ticket)),
            "created_at": iso(ticket.created_at),
            "updated_at": iso(updated_at),
            # The system moves some tickets after people did.
            "generated_timestamp": min(updated_at + id_ % 3 * 300, company.AS_OF - 60),
            "type": None,
            "subject": "",
            "raw_subject": "",
            "description": "",
            "priority": ticket.priority,
            "status": ticket.status,
            "recipient": None,
            "requester_id": requester_id,
            "submitter_id": self._submitter(ticket, requester_id),
            "assignee_id": self._agent(ticket.agent_id),
            "organization_id": self._organization(ticket.customer_id),
            "group_id": self._group(ticket.team),
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "forum_topic_id": None,
            "problem_id": None,
            "has_incidents": False,
            "is_public": True,
            "due_at": None,
            "tags": tags,
            "custom_fields": [
                {"id": TOPIC_FIELD, "value": ticket.topic},
                {"id": FCR_FIELD, "value": ticket.agent_marked_fcr},
            ],
            "satisfaction_rating": self._rating_of(ticket),
            "sharing_agreement_ids": [],
            "fields": [],
            "followup_ids": [],
            "custom_status_id": _FIRST_ID["statuses"] + _STATUSES.index(ticket.status),
            "ticket_form_id": 1,
            "brand_id": 1,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
            "metric_set": self._metrics(ticket, updated_at),
        }

    def _sender(self, ticket: Ticket) -> Object:
        """What a mail or a call came from; other channels tell none."""
        kind = {"email": "address", "phone": "phone"}.get(ticket.channel)
        address = ticket.requester_address
        return {kind: address, "name": ""} if kind and address else {}

    def _submitter(self, ticket: Ticket, requester_id: int) -> int:
        if ticket.created_by == "system":
            return _SYSTEM
        return (
            (self._agent(ticket.agent_id) or _SYSTEM)
            if ticket.created_by == "agent"
            else requester_id
        )

    def _rating_of(self, ticket: Ticket) -> Object:
        response = self._rated.get(ticket.ticket_id)
        if response is None:
            return {"score": "offered" if ticket.solved_at else "unoffered"}
        return {"id": _FIRST_ID["ratings"] + ticket_id(ticket.ticket_id), "score": _score(response)}

    def _metrics(self, ticket: Ticket, updated_at: int) -> Object:
        """What Zendesk counts itself: in whole minutes, by the hours of the team that has it now.

        An answer is any public comment of an agent's, bots and macros included.
        """
        changes = self._changes[ticket.ticket_id]
        replies = [
            message.sent_at
            for message in self._messages[ticket.ticket_id]
            if message.author_type in ("agent", "bot") and message.is_public
        ]
        solves = [e.occurred_at for e in changes if (e.field, e.to_value) == ("status", "solved")]
        reopens = [e for e in changes if e.field == "status" and e.from_value == "solved"
                   and e.to_value == "open"]  # fmt: skip
        id_ = ticket_id(ticket.ticket_id)
        hours = self._hours(ticket.team)
        spent = list(self._stretches(ticket, ticket.solved_at or updated_at))

        def minutes(end: int | None) -> dict[str, int | None]:
            return _minutes(hours, [] if end is None else [(ticket.created_at, end)])

        def waited(*statuses: str) -> dict[str, int | None]:
            return _minutes(hours, [span for status, span in spent if status in statuses], 0)

        return {
            "url": _url("ticket_metrics", id_),
            "id": id_,
            "ticket_id": id_,
            "created_at": iso(ticket.created_at),
            "updated_at": iso(updated_at),
            "group_stations": len({e.to_value for e in changes if e.field == "team"}) + 1,
            "assignee_stations": len({e.to_value for e in changes if e.field == "agent_id"}),
            "reopens": len(reopens),
            "replies": len(replies),
            "initially_assigned_at": _iso(ticket.first_assigned_at),
            "solved_at": _iso(ticket.solved_at),
            "reply_time_in_minutes": minutes(min(replies, default=None)),
            "first_resolution_time_in_minutes": minutes(min(solves, default=None)),
            "full_resolution_time_in_minutes": minutes(ticket.solved_at),
            "agent_wait_time_in_minutes": waited("pending"),
            "requester_wait_time_in_minutes": waited("new", "open", "hold"),
            "on_hold_time_in_minutes": waited("hold"),
        }

    def _hours(self, team: str | None) -> OpeningHours:
        row = self._teams.get(team or "")
        if row not in self._open:
            self._open[row] = OpeningHours(row and row.schedule, row and row.holidays)
        return self._open[row]

    def _stretches(self, ticket: Ticket, end: int) -> Iterator[tuple[str, tuple[int, int]]]:
        """Which status the ticket had when, up to an end."""
        changes = [event for event in self._changes[ticket.ticket_id] if event.field == "status"]
        status, at = self._beginning(ticket, changes)["status"], ticket.created_at
        for event in changes:
            yield status, (min(at, end), min(event.occurred_at, end))
            status, at = event.to_value or status, event.occurred_at
        yield status, (min(at, end), end)

    def ticket_events(self) -> Iterator[Object]:
        """An event for each moment at which somebody wrote or changed something."""
        number = 0
        for ticket in self._log.tickets:
            found = sorted(self._acts(ticket), key=lambda act: act[0])
            for (at, updater_id), acts in groupby(found, key=lambda act: (act[0], act[1])):
                number += 1
                channel = _CHANNELS[ticket.channel] if updater_id != _SYSTEM else ""
                yield {
                    "id": _FIRST_ID["events"] + number,
                    "ticket_id": ticket_id(ticket.ticket_id),
                    "timestamp": at,
                    "created_at": iso(at),
                    "updater_id": updater_id,
                    "via": _VIA.get(channel, "Rule"),
                    "event_type": "Audit",
                    "child_events": [child for _, _, child in acts],
                }

    def _acts(self, ticket: Ticket) -> Iterator[tuple[int, int, Object]]:
        """When, who and what: how the ticket began, its changes and its comments."""
        submitter_id = self._submitter(ticket, self._requester(ticket))
        changes = self._changes[ticket.ticket_id]
        for number, (name, value) in enumerate(self._beginning(ticket, changes).items()):
            child_id = _FIRST_ID["beginnings"] + ticket_id(ticket.ticket_id) * 10 + number
            yield ticket.created_at, submitter_id, _child(child_id, "Create") | {name: value}
        for event in changes:
            child = {
                **_child(_numbered("changes", event.event_id), "Change"),
                **self._changed(event),
                "previous_value": self._value(event, event.from_value),
            }
            yield event.occurred_at, self._actor(ticket, event), child
        for message in self._messages[ticket.ticket_id]:
            author_id = self._author(ticket, message)
            yield (
                message.sent_at,
                author_id,
                {
                    **_child(_numbered("comments", message.message_id), "Comment"),
                    "type": "Comment",
                    "author_id": author_id,
                    "body": "",
                    "html_body": "",
                    "public": message.is_public,
                    "attachments": [],
                    "via": _via("rule" if message.is_automated else _CHANNELS[ticket.channel]),
                },
            )

    def _beginning(self, ticket: Ticket, changes: list[TicketEvent]) -> Object:
        """What the ticket's fields were before anybody changed them."""
        first: Object = {}
        for event in reversed(changes):
            first[event.field] = event.from_value
        return {
            "status": first.get("status", ticket.status),
            "group_id": self._group(first.get("team", ticket.team)),
            "priority": ticket.priority,
            "custom_ticket_fields": {str(TOPIC_FIELD): ticket.topic},
        }

    def _changed(self, event: TicketEvent) -> Object:
        value = self._value(event, event.to_value)
        match event.field:
            case "team":
                return {"group_id": value}
            case "agent_id":
                return {"assignee_id": value}
            case "topic":
                return {"custom_ticket_fields": {str(TOPIC_FIELD): value}}
            case "tag":
                return {"tags": [value], "added_tags": [value], "removed_tags": []}
            case "merged_into":
                # What it was merged into is what the change refers to.
                return {
                    "via": "Merge",
                    "via_reference_id": value,
                    "tags": ["closed_by_merge"],
                    "added_tags": ["closed_by_merge"],
                    "removed_tags": [],
                }
        return {event.field: value}

    def _value(self, event: TicketEvent, value: str | None) -> Any:
        match event.field:
            case "team":
                return self._group(value)
            case "agent_id":
                return self._agent(value)
            case "merged_into":
                return value and ticket_id(value)
        return value

    def _actor(self, ticket: Ticket, event: TicketEvent) -> int:
        if event.actor_type == "customer":
            return self._requester(ticket)
        return (self._agent(event.actor_id) or _SYSTEM) if event.actor_type == "agent" else _SYSTEM

    def _author(self, ticket: Ticket, message: Message) -> int:
        if message.author_type == "customer":
            return self._requester(ticket)
        return self._agent(message.author_id) or _SYSTEM

    def deleted_tickets(self) -> Iterator[Object]:
        for ticket in self._log.tickets:
            if ticket.status != "deleted":
                continue
            last = self._changes[ticket.ticket_id][-1]
            yield {
                "id": ticket_id(ticket.ticket_id),
                "subject": "",
                "description": "",
                "actor": {"id": self._actor(ticket, last), "name": last.actor_id or "System"},
                "deleted_at": iso(last.occurred_at),
                "previous_state": last.from_value,
            }

    def satisfaction_ratings(self) -> Iterator[Object]:
        for ticket in self._log.tickets:
            response = self._rated.get(ticket.ticket_id)
            if response is None and ticket.solved_at is None:
                continue
            id_ = _FIRST_ID["ratings"] + ticket_id(ticket.ticket_id)
            offered_at = iso(ticket.solved_at or ticket.created_at)
            yield {
                "url": _url("satisfaction_ratings", id_),
                "id": id_,
                "assignee_id": self._agent(ticket.agent_id),
                "group_id": self._group(ticket.team),
                "requester_id": self._requester(ticket),
                "ticket_id": ticket_id(ticket.ticket_id),
                "score": _score(response) if response else "offered",
                "created_at": offered_at,
                "updated_at": iso(response.submitted_at) if response else offered_at,
                "comment": None,
                "reason": None,
                "reason_id": None,
            }

    # voice and messaging

    def calls(self) -> Iterator[Object]:
        for contact in self._phone():
            talk_s, hold_s = contact.talk_seconds or 0, contact.hold_seconds or 0
            agent_id = self._agent(contact.agent_id)
            over_at = contact.started_at + (contact.queue_seconds or 0) + talk_s + hold_s
            yield {
                "id": self._ids.of("calls", contact.contact_id),
                "created_at": iso(contact.started_at),
                "updated_at": iso(min(over_at + (contact.after_call_seconds or 0),
                                      company.AS_OF - 60)),
                "agent_id": agent_id,
                "customer_id": self._user(contact.person_id, "person"),
                "direction": contact.direction,
                "completion_status": _COMPLETION[contact.outcome],
                "call_group_id": self._group(contact.team),
                "default_group": False,
                "duration": talk_s + hold_s,
                "talk_time": contact.talk_seconds,
                "hold_time": contact.hold_seconds,
                "wait_time": contact.queue_seconds,
                "wrap_up_time": contact.after_call_seconds,
                "time_to_answer": contact.queue_seconds if agent_id else None,
                "consultation_time": 0,
                "outside_business_hours": contact.outcome == "after_hours",
                "exceeded_queue_wait_time": False,
                "overflowed": contact.block_cause == "no_agents",
                "quality_issues": ["information_not_available"]
                if contact.block_cause == "network_fault" else ["none"],
                "voicemail": False,
                "callback": contact.contact_id.endswith("b"),
                "phone_number": "+358100100",
                "phone_number_id": 1,
                "ticket_id": contact.ticket_id and ticket_id(contact.ticket_id),
                "minutes_billed": -(-(talk_s + hold_s) // 60),
            }  # fmt: skip

    def legs(self) -> Iterator[Object]:
        """The agent's part of each call that somebody answered."""
        for contact in self._phone():
            if contact.agent_id is None:
                continue
            call_id = self._ids.of("calls", contact.contact_id)
            talk_s, hold_s = contact.talk_seconds or 0, contact.hold_seconds or 0
            at = contact.started_at + (contact.queue_seconds or 0)
            wrap_up_s = contact.after_call_seconds or 0
            yield {
                "id": self._ids.of("legs", contact.contact_id),
                "call_id": call_id,
                "type": "agent",
                "agent_id": self._agent(contact.agent_id),
                "user_id": None,
                "available_via": "browser",
                "completion_status": "completed",
                "created_at": iso(at),
                "updated_at": iso(min(at + talk_s + hold_s + wrap_up_s, company.AS_OF - 60)),
                "duration": contact.handle_seconds or talk_s + hold_s + wrap_up_s,
                "talk_time": contact.talk_seconds,
                "hold_time": contact.hold_seconds,
                "wrap_up_time": contact.after_call_seconds,
                "consultation_time": 0,
                "conference_time": 0,
                "forwarded_to": None,
                "transferred_from": None,
                "transferred_to": None,
                "quality_issues": ["none"],
                "minutes_billed": 0,
            }

    def engagements(self) -> Iterator[Object]:
        """Chats, as messaging tells of the ones that somebody took."""
        chats = (row for row in self._log.contacts if row.channel == "chat" and row.ticket_id)
        for number, contact in enumerate(chats, 1):
            waited_s = contact.queue_seconds or 0
            over_at = contact.started_at + waited_s + (contact.talk_seconds or 0)
            ticket = self._tickets[contact.ticket_id or ""]
            yield {
                "engagement_id": f"{number:032X}",
                "ticket_id": ticket_id(ticket.ticket_id),
                "agent_id": self._agent(contact.agent_id),
                "group_id": self._group(contact.team),
                "requester_id": self._requester(ticket),
                "channel": "MESSAGING",
                # Times without a zone, as in no other place.
                "engagement_start_time": iso(contact.started_at).removesuffix("Z"),
                "engagement_end_time": iso(over_at).removesuffix("Z"),
                "engagement_start_reason": "Assigned",
                "engagement_end_reason": "Ended",
                "offer_time_seconds": 0,
                "assignment_to_first_reply_time_seconds": waited_s,
                "total_requester_wait_time_seconds": waited_s,
                "longest_requester_wait_time_seconds": waited_s,
                "average_requester_wait_time_seconds": waited_s,
                "agent_messages_count": 0,
                "agent_replies_count": 0,
                "end_user_messages_count": 0,
                "ticket_status_start": "NEW",
                "ticket_status_end": ticket.status.upper(),
            }

    def _phone(self) -> Iterator[Contact]:
        return (contact for contact in self._log.contacts if contact.channel == "phone")


def _user(
    id_: int,
    name: str,
    at: int,
    email: str | None = None,
    phone: str | None = None,
    external_id: str | None = None,
    role: str = "end-user",
    role_type: int | None = None,
    active: bool = True,
    verified: bool = True,
    locale: str = "fi",
    organization_id: int | None = None,
    default_group_id: int | None = None,
    tags: list[str] | None = None,
    user_fields: Object | None = None,
) -> Object:
    return {
        "id": id_,
        "url": _url("users", id_),
        "name": name,
        "email": email,
        "created_at": iso(at),
        "updated_at": iso(at),
        "time_zone": "Helsinki",
        "iana_time_zone": "Europe/Helsinki",
        "phone": phone,
        "shared_phone_number": None if phone is None else False,
        "photo": None,
        "locale_id": 84,
        "locale": locale,
        "organization_id": organization_id,
        "role": role,
        "verified": verified,
        "external_id": external_id,
        "tags": tags or [],
        "alias": None,
        "active": active,
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "two_factor_auth_enabled": None,
        "signature": None,
        "details": None,
        "notes": None,
        "role_type": role_type,
        "custom_role_id": None,
        "moderator": role != "end-user",
        "ticket_restriction": None if role != "end-user" else "requested",
        "only_private_comments": role_type == _ROLE_TYPES["light_agent"],
        "restricted_agent": role == "end-user",
        "suspended": False,
        "default_group_id": default_group_id,
        "report_csv": False,
        "user_fields": user_fields or {},
    }


def _audit(event: Object) -> Object:
    """An event as the list of audits tells it: a name and a value for each field."""
    told = []
    for child in event["child_events"]:
        if child["event_type"] == "Comment":
            kept = ("id", "type", "author_id", "body", "html_body", "public", "attachments")
            told.append({name: child[name] for name in kept} | {"audit_id": event["id"]})
            continue
        own = ("id", "via", "via_reference_id", "event_type", "previous_value")
        name, value = next((k, v) for k, v in child.items() if k not in own)
        one = {"id": child["id"], "type": child["event_type"], "value": value, "field_name": name}
        before = {k: v for k, v in child.items() if k == "previous_value"}
        told.append(one | before)
    return {
        "id": event["id"],
        "ticket_id": event["ticket_id"],
        "created_at": event["created_at"],
        "author_id": event["updater_id"],
        "metadata": {"system": {}, "custom": {}},
        "events": told,
        "via": _via("rule" if event["via"] == "Rule" else "web"),
    }


def _child(id_: int, event_type: str) -> Object:
    return {"id": id_, "via": "Web form", "via_reference_id": None, "event_type": event_type}


def _via(channel: str, sender: Object | None = None) -> Object:
    return {"channel": channel, "source": {"from": sender or {}, "to": {}, "rel": None}}


def ticket_fields() -> Iterator[Object]:
    """One of Zendesk's own, and those that this company added."""
    made = ((None, "priority"), (TOPIC_FIELD, "topic"), (FCR_FIELD, "agent_marked_fcr"))
    for position, (id_, name) in enumerate(made, 1):
        is_own = id_ is not None
        id_ = id_ or TOPIC_FIELD - 100
        title = name.capitalize()
        yield {
            "url": _url("ticket_fields", id_),
            "id": id_,
            "type": "text" if is_own else name,
            "title": title,
            "raw_title": title,
            "description": "",
            "raw_description": "",
            "position": position,
            "active": True,
            "required": False,
            "collapsed_for_agents": False,
            "regexp_for_validation": None,
            "title_in_portal": title,
            "raw_title_in_portal": title,
            "visible_in_portal": False,
            "editable_in_portal": False,
            "required_in_portal": False,
            "tag": None,
            "created_at": iso(_LONG_AGO),
            "updated_at": iso(_LONG_AGO),
            "removable": is_own,
            "key": None,
            "agent_description": None,
        }


def _score(response: Any) -> str:
    return "good" if response.score >= _GOOD_FROM else "bad"


def _iso(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)


def _minutes(
    hours: OpeningHours, spans: list[tuple[int, int]], none: int | None = None
) -> dict[str, int | None]:
    """Whole minutes of the spans on both clocks."""
    if not spans:
        return {"calendar": none, "business": none}
    return {
        "calendar": sum(end - start for start, end in spans) // 60,
        "business": sum(hours.between(start, end) for start, end in spans) // 60,
    }


def _an_ordinary(day_of_week: int) -> int:
    """A day of that weekday on which nobody has a holiday."""
    monday = day_of(2026, 3, 2)
    assert weekday(monday) == 0
    return monday + day_of_week
