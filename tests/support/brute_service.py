"""Ticket facts and agent figures once more, by plain loops over sorted events.

An own code path to compare the models with: no SQL, no code of the project. Slow and obvious on
purpose. A world is a dict of entity → list of rows as in CONTRACT.md, instants as aware datetimes.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

Row = Mapping[str, Any]
World = Mapping[str, list[dict[str, Any]]]

HELSINKI = ZoneInfo("Europe/Helsinki")
MINUTE = timedelta(minutes=1)
FCR_WINDOW = timedelta(days=7)
REOPEN_WINDOW = timedelta(days=30)
SOLVED = ("solved", "closed")


@dataclass(frozen=True)
class Hours:
    """Opening hours as data; `schedule` and `holidays` write them in the words of CONTRACT.md."""

    time_zone: str = "Europe/Helsinki"
    weekly: tuple[tuple[int, int, int], ...] = tuple((day, 480, 960) for day in range(5))
    country: str | None = "FI"
    closed: frozenset[date] = frozenset()
    reopened: frozenset[date] = frozenset()
    half_days: tuple[tuple[date, int, int], ...] = ()

    @property
    def schedule(self) -> str:
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        return ", ".join(f"{names[d]} {_clock(a)}-{_clock(b)}" for d, a, b in self.weekly)

    @property
    def holidays(self) -> str | None:
        parts = [self.country] if self.country else []
        parts += [f"{day}" for day in sorted(self.closed)]
        parts += [f"-{day}" for day in sorted(self.reopened)]
        parts += [f"{day} {_clock(a)}-{_clock(b)}" for day, a, b in self.half_days]
        return ", ".join(parts) or None

    def is_open(self, instant: datetime) -> bool:
        """Whether the clock on the wall is inside the hours."""
        local = instant.astimezone(ZoneInfo(self.time_zone))
        day, minute = local.date(), local.hour * 60 + local.minute
        halves = [(a, b) for half, a, b in self.half_days if half == day]
        if halves:
            return any(a <= minute < b for a, b in halves)
        if day not in self.reopened and (
            day in self.closed or (self.country and _is_holiday(self.country, day))
        ):
            return False
        return any(d == day.weekday() and a <= minute < b for d, a, b in self.weekly)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@cache
def _country(code: str) -> holidays.HolidayBase:
    return holidays.country_holidays(code)


@cache
def _is_holiday(code: str, day: date) -> bool:
    return day in _country(code)


class MinuteWalk:
    """Business seconds by looking at every minute between two instants."""

    def __init__(self, hours: Hours, start: datetime, end: datetime) -> None:
        self._start = start.replace(second=0, microsecond=0)
        self._open = []
        self._before = [0]
        minute = self._start
        while minute <= end:
            self._open.append(hours.is_open(minute))
            self._before.append(self._before[-1] + 60 * self._open[-1])
            minute += MINUTE

    def position(self, instant: datetime) -> float:
        minutes, rest = divmod(instant - self._start, MINUTE)
        return self._before[minutes] + (rest.total_seconds() if self._open[minutes] else 0)

    def seconds(self, start: datetime, end: datetime) -> int:
        return int(self.position(end) - self.position(start))


def _in_log_order(rows: Iterable[Row], at: str, key: str) -> list[Row]:
    return sorted(rows, key=lambda row: (row[at], len(row[key]), row[key]))


def _version_at(versions: list[Row], instant: datetime) -> Row | None:
    for version in versions:
        begins, ends = version.get("valid_from"), version.get("valid_to")
        if (begins is None or begins <= instant) and (ends is None or instant < ends):
            return version
    return None


class Helpdesk:
    """One world as known at `as_of`. `hours` gives the schedule of a team at an instant."""

    def __init__(
        self,
        world: World,
        as_of: datetime,
        hours: Callable[[str | None, datetime], Hours],
        start: datetime,
    ) -> None:
        self.world = world
        self.as_of = as_of
        self.hours = hours
        self.start = start
        self._walks: dict[Hours, MinuteWalk] = {}
        self._agents = self._grouped("agents_version", "agent_id")
        self._events = self._grouped("ticket_events", "ticket_id", "occurred_at", "event_id")
        self._messages = self._grouped("messages", "ticket_id", "sent_at", "message_id")
        self.tickets = {ticket["ticket_id"]: ticket for ticket in world["tickets"]}
        self._customer_of = {p["person_id"]: p.get("customer_id") for p in world.get("people", [])}
        self._internal = {
            c["customer_id"] for c in world.get("customers", []) if c.get("is_internal")
        }
        self.contacts = [self._contact(contact) for contact in world.get("contacts", [])]
        self.facts = self._facts()

    def _grouped(
        self, entity: str, key: str, at: str | None = None, order: str = ""
    ) -> dict[str, list[Row]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self.world.get(entity, []):
            if at is None or row[at] <= self.as_of:
                groups[row[key]].append(row)
        if at:
            return {k: _in_log_order(rows, at, order) for k, rows in groups.items()}
        return groups

    def is_own(self, ticket: Row) -> bool:
        """A ticket of the company's own people."""
        return self.customer(ticket) in self._internal

    def agent(self, agent_id: str | None, instant: datetime) -> Row:
        return _version_at(self._agents.get(agent_id or "", []), instant) or {}

    def is_bot(self, agent_id: str | None, instant: datetime) -> bool:
        return self.agent(agent_id, instant).get("role") == "bot"

    def customer(self, row: Row) -> str | None:
        customer: str | None = row.get("customer_id") or self._customer_of.get(
            row.get("person_id") or ""
        )
        return customer

    def _contact(self, contact: Row) -> dict[str, Any]:
        parts = [contact.get(f"{p}_seconds") for p in ("talk", "hold", "after_call")]
        handle = contact.get("handle_seconds")
        if handle is None and any(part is not None for part in parts):
            handle = sum(part or 0 for part in parts)
        queue = contact.get("queue_seconds")
        ticket = self.tickets.get(contact.get("ticket_id") or "")
        ticketless = ticket is None
        customer = self.customer(contact) or (ticket or {}).get("customer_id")
        exclusion = None
        if contact["started_at"] > self.as_of:
            exclusion = "after_as_of"
        elif customer in self._internal:
            exclusion = "internal"
        elif self.is_bot(contact.get("agent_id"), contact["started_at"]):
            exclusion = "bot_only"
        elif contact["direction"] == "outbound" and ticketless:
            exclusion = "outbound_campaign"
        return {
            **contact,
            "customer_id": customer,
            "handle_s": handle,
            "is_ticketless": ticketless,
            "is_short_abandon": contact["outcome"] == "abandoned"
            and queue is not None
            and queue < 5,
            "exclusion_reason": exclusion,
        }

    def _is_demand(self, contact: Row) -> bool:
        """A call or chat that somebody picked up or waited for."""
        is_met = contact["outcome"] == "answered" or (
            contact["outcome"] == "abandoned" and not contact["is_short_abandon"]
        )
        return contact["exclusion_reason"] is None and contact["direction"] == "inbound" and is_met

    def survivor(self, ticket_id: str) -> str:
        """Where the chain of merges ends; in a circle at its earliest ticket."""
        path: list[str] = []
        while ticket_id not in path:
            path.append(ticket_id)
            target = self._merged_into(ticket_id)
            if target is None:
                return ticket_id
            ticket_id = target
        circle = path[path.index(ticket_id) :]
        return min(circle, key=lambda t: (self.tickets[t]["created_at"], t))

    def _merged_into(self, ticket_id: str) -> str | None:
        ticket = self.tickets.get(ticket_id)
        if ticket is None or ticket["created_at"] > self.as_of:
            return None
        log = [
            event
            for event in self.world.get("ticket_events", [])
            if event["ticket_id"] == ticket_id
            and event["field"] == "merged_into"
            and event.get("to_value")
        ]
        read = _in_log_order(
            [event for event in log if event["occurred_at"] <= self.as_of],
            "occurred_at",
            "event_id",
        )
        if log and not read:
            return None
        target: str | None = read[-1]["to_value"] if read else ticket.get("merged_into_ticket_id")
        return None if target == ticket_id else target

    def merged_at(self, ticket_id: str) -> datetime | None:
        """When it was merged; at its creation, where no event tells."""
        if self._merged_into(ticket_id) is None:
            return None
        created_at: datetime = self.tickets[ticket_id]["created_at"]
        told = [
            event["occurred_at"]
            for event in self.world.get("ticket_events", [])
            if event["ticket_id"] == ticket_id
            and event["field"] == "merged_into"
            and event.get("to_value")
        ]
        return max(min(told), created_at) if told else created_at

    def absorbed(self, ticket_id: str) -> list[tuple[datetime, datetime]]:
        """Since when the ticket was whose case as well, and when that one was created."""
        found = []
        for other, row in self.tickets.items():
            since, at, seen = None, other, set()
            while at not in seen and (target := self._merged_into(at)) is not None:
                seen.add(at)
                merged_at = self.merged_at(at)
                assert merged_at is not None
                since, at = max(since or merged_at, merged_at), target
                if at == ticket_id:
                    found.append((since, row["created_at"]))
                    break
        return found

    def deletions(self, ticket_id: str) -> list[datetime]:
        """When the log says that it was deleted, also after as_of."""
        return [
            event["occurred_at"]
            for event in self.world.get("ticket_events", [])
            if event["ticket_id"] == ticket_id
            and event["field"] == "status"
            and event["to_value"] == "deleted"
        ]

    def business_s(self, hours: Hours, start: datetime, end: datetime) -> int:
        if hours not in self._walks:
            self._walks[hours] = MinuteWalk(hours, self.start, self.as_of)
        return self._walks[hours].seconds(start, end)

    def _human_replies(self, ticket_id: str) -> list[Row]:
        return [
            message
            for message in self._messages.get(ticket_id, [])
            if message["author_type"] == "agent"
            and message["is_public"]
            and not message.get("is_automated")
            and not self.is_bot(message.get("author_id"), message["sent_at"])
        ]

    def _solves(
        self, ticket: Row
    ) -> tuple[datetime | None, datetime | None, list[tuple[datetime, datetime | None]]]:
        """First solve, standing solve, and the times in between when it was open again."""
        log = [
            event
            for event in self._events.get(ticket["ticket_id"], [])
            if event["field"] == "status" and event["to_value"] != "deleted"
        ]
        if not log:
            solved_at = ticket.get("solved_at")
            if solved_at is not None and solved_at > self.as_of:
                solved_at = None
            is_open = ticket["status"] in ("new", "open", "pending", "hold")
            return solved_at, None if is_open else solved_at, []
        is_solved = False
        first = standing = None
        reopens: list[tuple[datetime, datetime | None]] = []
        for event in log:
            if event["to_value"] in SOLVED and not is_solved:
                is_solved, standing = True, event["occurred_at"]
                first = first or standing
                if reopens:
                    reopens[-1] = (reopens[-1][0], standing)
            elif event["to_value"] not in SOLVED and is_solved:
                is_solved, standing = False, None
                reopens.append((event["occurred_at"], None))
        return first, standing, reopens

    def _holder(self, ticket: Row, field: str, instant: datetime | None) -> str | None:
        """Team or agent of the ticket at the instant."""
        log = [e for e in self._events.get(ticket["ticket_id"], []) if e["field"] == field]
        if instant is None:
            return None
        if not log:
            value: str | None = ticket.get(field)
            return value
        value = log[0].get("from_value")
        if field == "team":
            value = self._first_team(ticket)
        for event in log:
            if event["occurred_at"] <= instant:
                value = event.get("to_value")
        return value

    def _first_team(self, ticket: Row) -> str | None:
        for event in self._events.get(ticket["ticket_id"], []):
            if event["field"] == "team":
                return event.get("from_value") or event.get("to_value") or ticket.get("team")
        team: str | None = ticket.get("team")
        return team

    def _transfers(self, ticket: Row, created_at: datetime) -> int:
        log = [
            e
            for e in self._events.get(ticket["ticket_id"], [])
            if e["field"] in ("team", "agent_id")
        ]
        assignments = [e for e in log if e["field"] == "agent_id"]
        stated = ticket.get("first_assigned_at")
        if stated is not None and stated > self.as_of:
            stated = None
        if not assignments:
            assigned_at = stated
        elif assignments[0].get("from_value"):
            assigned_at = stated or created_at
        else:
            given = [e["occurred_at"] for e in assignments if e.get("to_value")]
            assigned_at = given[0] if given else stated
        if assigned_at is None:
            return 0
        return len(
            {
                e["occurred_at"]
                for e in log
                if e["occurred_at"] > assigned_at
                and e.get("to_value")
                and e.get("from_value") != e["to_value"]
            }
        )

    def _sessions(self, ticket_id: str, until: datetime | None) -> int:
        """Answered calls and chats that began by then; touching legs are one."""
        legs = sorted(
            (
                contact
                for contact in self.contacts
                if contact.get("ticket_id") == ticket_id
                and contact["outcome"] == "answered"
                and contact["exclusion_reason"] is None
            ),
            key=lambda leg: (leg["started_at"], leg["contact_id"]),
        )
        sessions = 0
        busy_until: datetime | None = None
        for leg in legs:
            talk, hold = leg.get("talk_seconds"), leg.get("hold_seconds")
            length = (leg["handle_s"] or 0) if talk is hold is None else (talk or 0) + (hold or 0)
            ends = leg["started_at"] + timedelta(seconds=(leg.get("queue_seconds") or 0) + length)
            if busy_until is None or leg["started_at"] > busy_until:
                sessions += until is None or leg["started_at"] <= until
            busy_until = max(busy_until or ends, ends)
        return sessions

    def _ticket(self, ticket: Row) -> dict[str, Any]:
        ticket_id = ticket["ticket_id"]
        survivor = self.survivor(ticket_id)
        created_at = ticket["created_at"]
        if survivor == ticket_id:
            created_at = min(
                t["created_at"]
                for t in self.tickets.values()
                if self.survivor(t["ticket_id"]) == ticket_id
            )
        has_events = bool(self.world.get("ticket_events"))
        has_messages = bool(self.world.get("messages"))
        first, standing, reopens = self._solves(ticket)
        replies = self._human_replies(ticket_id)

        clock_from = created_at
        if ticket.get("created_by") == "agent":
            clock_from = next(
                (
                    m["sent_at"]
                    for m in self._messages.get(ticket_id, [])
                    if m["author_type"] == "customer"
                ),
                None,
            )
        answers = [r for r in replies if clock_from is not None and r["sent_at"] >= clock_from]
        reply = answers[0] if answers else None

        counted = []
        for number, (reopened_at, _) in enumerate(reopens):
            following = reopens[number + 1][0] if number + 1 < len(reopens) else None
            if any(
                r["sent_at"] >= reopened_at and (following is None or r["sent_at"] < following)
                for r in replies
            ):
                counted.append(reopened_at)

        exclusion = None
        if ticket["created_at"] > self.as_of:
            exclusion = "after_as_of"
        elif ticket["status"] == "deleted" and (
            not self.deletions(ticket_id) or min(self.deletions(ticket_id)) <= self.as_of
        ):
            exclusion = "deleted"
        elif survivor != ticket_id:
            exclusion = "merged"
        elif ticket.get("is_spam"):
            exclusion = "spam"
        elif ticket.get("is_test"):
            exclusion = "test"
        elif self.is_own(ticket):
            exclusion = "internal"
        elif self.is_bot_only(ticket, first):
            exclusion = "bot_only"

        replies_before = [r for r in replies if first and r["sent_at"] <= first]
        sessions = self._sessions(ticket_id, first) if first else 0
        contacts_n: int | None = sessions + len(replies_before)
        if ticket["channel"] == "chat":
            contacts_n = max(sessions, min(len(replies_before), 1))
        elif ticket["channel"] == "phone" and not self.world.get("contacts"):
            contacts_n = None

        first_team = self._first_team(ticket)
        hours = self.hours(first_team, created_at)
        fact: dict[str, Any] = {
            "ticket_id": ticket_id,
            "customer_id": self.customer(ticket),
            "topic": ticket.get("topic"),
            "channel": ticket["channel"],
            "created_at": created_at,
            "first_team": first_team,
            "first_reply_at": reply["sent_at"] if reply else None,
            "first_responder_agent_id": reply.get("author_id") if reply else None,
            "first_solved_at": first,
            "last_solved_at": standing,
            "assignee_at_first_solve": self._holder(ticket, "agent_id", first),
            "assignee_at_last_solve": self._holder(ticket, "agent_id", standing),
            "team_at_first_reply": self._holder(
                ticket, "team", reply["sent_at"] if reply else None
            ),
            "team_at_first_solve": self._holder(ticket, "team", first),
            "team_at_last_solve": self._holder(ticket, "team", standing),
            "replies_n": len(replies) if has_messages else None,
            "reopens_n": len(counted) if has_messages and has_events else None,
            "transfers_n": self._transfers(ticket, created_at) if has_events else None,
            "is_history_known": has_events,
            "exclusion_reason": exclusion,
            "is_one_touch": None,
            "contacts_n": contacts_n,
            "counted_reopens": counted,
            "is_customer_initiated": ticket.get("created_by") in (None, "customer")
            or any(
                contact.get("ticket_id") == ticket_id
                and contact["started_at"] <= ticket["created_at"]
                and self._is_demand(contact)
                for contact in self.contacts
            ),
        }
        if standing and has_events and has_messages:
            fact["is_one_touch"] = len(replies) == 1 and not counted
        answered_by_voice = ticket["channel"] == "phone" and self._sessions(ticket_id, None) > 0
        for name, start, end in (
            ("frt", clock_from, None if answered_by_voice else fact["first_reply_at"]),
            ("first_resolution", created_at, first),
            ("full_resolution", created_at, standing),
        ):
            fact[f"{name}_calendar_s"] = fact[f"{name}_business_s"] = None
            if start is not None and end is not None and end >= start:
                fact[f"{name}_calendar_s"] = int((end - start).total_seconds())
                fact[f"{name}_business_s"] = self.business_s(hours, start, end)
        return fact

    def is_bot_only(self, ticket: Row, first_solved_at: datetime | None) -> bool:
        if ticket["channel"] != "chat" or first_solved_at is None:
            return False
        assignee = ticket.get("agent_id")
        versions = self._agents.get(assignee or "", [])
        if assignee and not any(
            v["role"] == "bot" and (v.get("valid_from") is None or v["valid_from"] <= self.as_of)
            for v in versions
        ):
            return False
        if self._sessions(ticket["ticket_id"], None):
            return False
        messages = self._messages.get(ticket["ticket_id"], [])
        bots = [
            m
            for m in messages
            if m["author_type"] == "bot" or self.is_bot(m.get("author_id"), m["sent_at"])
        ]
        humans = [
            m
            for m in messages
            if m["author_type"] == "agent" and not self.is_bot(m.get("author_id"), m["sent_at"])
        ]
        return bool(bots) and not humans

    def _facts(self) -> dict[str, dict[str, Any]]:
        facts = {ticket_id: self._ticket(ticket) for ticket_id, ticket in self.tickets.items()}
        requests = [
            (fact["customer_id"], fact["topic"], fact["created_at"], ticket_id)
            for ticket_id, fact in facts.items()
            if fact["exclusion_reason"] is None and fact["is_customer_initiated"]
        ]
        requests += [
            (contact["customer_id"], contact.get("topic"), contact["started_at"], None)
            for contact in self.contacts
            if contact["is_ticketless"] and self._is_demand(contact)
        ]
        for ticket_id, fact in facts.items():
            self._judge(ticket_id, fact, requests)
        return facts

    def _judge(self, ticket_id: str, fact: dict[str, Any], requests: list[Any]) -> None:
        first = fact["first_solved_at"]
        excluded = fact["exclusion_reason"]
        if excluded is None:
            if first is None:
                excluded = "unsolved"
            elif fact["reopens_n"] is None:
                excluded = "history_unknown"
            elif fact["contacts_n"] is None:
                excluded = "contacts_unknown"
            elif fact["customer_id"] is None:
                excluded = "unidentified_requester"
            elif not fact["is_customer_initiated"]:
                excluded = "not_customer_initiated"
            elif first + FCR_WINDOW > self.as_of:
                excluded = "immature"
        failure = None
        if excluded is None:
            if fact["contacts_n"] == 0:
                failure = "no_contact"
            elif fact["contacts_n"] > 1:
                failure = "several_contacts"
            elif any(at <= first + FCR_WINDOW for at in fact["counted_reopens"]):
                failure = "reopened"
            elif any(
                customer == fact["customer_id"]
                and topic == fact["topic"]
                and first < at <= first + FCR_WINDOW
                and other != ticket_id
                for customer, topic, at, other in requests
            ):
                failure = "repeat_request"
        fact["fcr_exclusion_reason"] = excluded
        fact["fcr_failure_reason"] = failure
        fact["is_fcr"] = None if excluded else failure is None

    def agent_kpi(self, min_cell: int, min_team: int) -> dict[tuple[Any, ...], dict[str, Any]]:
        """(month, agent, team, channel) → figures; None where the row shows none."""
        cells: dict[tuple[Any, ...], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))

        def credit(
            agent_id: str | None, at: datetime | None, team: str | None, channel: str
        ) -> dict[str, list[Any]] | None:
            if agent_id is None or at is None or self.is_bot(agent_id, at):
                return None
            month = at.astimezone(HELSINKI).date().replace(day=1)
            team = self.agent(agent_id, at).get("team") or team
            return cells[month, agent_id, team or "unknown", channel]

        for fact in self.facts.values():
            if fact["exclusion_reason"]:
                continue
            worked = fact["replies_n"] != 0
            cell = credit(
                fact["first_responder_agent_id"],
                fact["first_reply_at"],
                fact["team_at_first_reply"],
                fact["channel"],
            )
            if cell is not None and fact["frt_calendar_s"] is not None:
                cell["frt"].append(fact["frt_business_s"])
                cell["frt_calendar"].append(fact["frt_calendar_s"])
            cell = credit(
                fact["assignee_at_first_solve"],
                fact["first_solved_at"],
                fact["team_at_first_solve"],
                fact["channel"],
            )
            if cell is not None:
                cell["first_solve"].append(1)
                if worked and fact["first_resolution_business_s"] is not None:
                    cell["first_resolution"].append(fact["first_resolution_business_s"])
                if fact["is_fcr"] is not None:
                    cell["fcr"].append(fact["is_fcr"])
                if fact["reopens_n"] is not None:
                    limit = fact["first_solved_at"] + REOPEN_WINDOW
                    cell["reopen"].append(any(at <= limit for at in fact["counted_reopens"]))
            cell = credit(
                fact["assignee_at_last_solve"],
                fact["last_solved_at"],
                fact["team_at_last_solve"],
                fact["channel"],
            )
            if cell is not None:
                cell["solved"].append(1)
                if worked and fact["full_resolution_business_s"] is not None:
                    cell["art"].append(fact["full_resolution_business_s"])
                    cell["art_calendar"].append(fact["full_resolution_calendar_s"])
                if fact["is_one_touch"] is not None:
                    cell["one_touch"].append(fact["is_one_touch"])
        for contact in self.contacts:
            if contact["exclusion_reason"]:
                continue
            cell = credit(
                contact.get("agent_id"),
                contact["started_at"],
                contact.get("team"),
                contact["channel"],
            )
            if cell is None:
                continue
            cell["contact"].append(1)
            cell["resolved"] += [1] * bool(contact.get("is_resolved"))
            if contact["outcome"] == "answered":
                cell["answered"].append(1)
                if contact["handle_s"] is not None:
                    cell["handle"].append(contact["handle_s"])
                if contact["direction"] == "inbound" and contact.get("queue_seconds") is not None:
                    cell["queue"].append(contact["queue_seconds"])
        cells = {key: cell for key, cell in cells.items() if cell}
        return {
            key: self._cell_figures(key, cell, cells, min_cell, min_team)
            for key, cell in cells.items()
        }

    def _team_size(self, month: date, team: str, cells: Iterable[tuple[Any, ...]]) -> int:
        members = {key[1] for key in cells if key[0] == month and key[2] == team}
        begins, ends = _month_edges(month)
        for agent_id, versions in self._agents.items():
            for version in versions:
                begun = version.get("valid_from")
                if (
                    version["team"] == team
                    and version["role"] not in ("bot", "ex_agent")
                    and (begun is None or (begun < ends and begun <= self.as_of))
                    and (version.get("valid_to") is None or version["valid_to"] >= begins)
                ):
                    members.add(agent_id)
        return len(members)

    def _cell_figures(
        self,
        key: tuple[Any, ...],
        cell: Mapping[str, list[Any]],
        cells: Iterable[tuple[Any, ...]],
        min_cell: int,
        min_team: int,
    ) -> dict[str, Any]:
        month, _, team, _ = key
        _, month_ends = _month_edges(month)
        contacts_n, solved_n = len(cell.get("contact", [])), len(cell.get("solved", []))
        size = max(contacts_n, solved_n)
        status = "ok" if size >= 30 else "low_n"
        if size < min_cell or self._team_size(month, team, cells) < min_team:
            status = "suppressed"
        if month_ends > self.as_of:
            status = "immature"
        figures: dict[str, Any] = {
            "status": status,
            "contacts_n": contacts_n,
            "solved_n": solved_n,
        }
        shown = status in ("ok", "low_n")

        def show(
            name: str, values: str, statistic: Callable[..., Any], mature: bool = True
        ) -> None:
            known = cell.get(values, [])
            figures[name] = statistic(known) if shown and mature and known else None

        show("asa_s", "queue", statistics.fmean)
        show("aht_s", "handle", statistics.fmean)
        for name in ("frt", "art", "first_resolution"):
            show(f"{name}_median_s", name, statistics.median)
            show(f"{name}_mean_s", name, statistics.fmean)
        show("frt_median_s_calendar", "frt_calendar", statistics.median)
        show("art_mean_s_calendar", "art_calendar", statistics.fmean)
        show("fcr_rate", "fcr", statistics.fmean, month_ends + FCR_WINDOW <= self.as_of)
        show("reopen_rate", "reopen", statistics.fmean, month_ends + REOPEN_WINDOW <= self.as_of)
        show("one_touch_rate", "one_touch", statistics.fmean)
        for name, values in (("answered_n", "answered"), ("resolved_n", "resolved")):
            figures[name] = len(cell.get(values, [])) if shown else None
        return figures


def _month_edges(month: date) -> tuple[datetime, datetime]:
    following = (month + timedelta(days=31)).replace(day=1)
    return (
        datetime(month.year, month.month, 1, tzinfo=HELSINKI).astimezone(UTC),
        datetime(following.year, following.month, 1, tzinfo=HELSINKI).astimezone(UTC),
    )
