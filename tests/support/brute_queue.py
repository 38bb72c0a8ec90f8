"""Waits, turns, SLA clocks and the queue of a helpdesk once more, by plain loops.

Beside brute_service, which has the tickets themselves. No SQL, no code of the project; every answer
is looked up at the instant that is asked about.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.brute_service import HELSINKI, SOLVED, Helpdesk, Row

WORKABLE = ("new", "open")


@dataclass(frozen=True)
class Turn:
    """A customer who wrote again after the first reply, and the answer."""

    asked_at: datetime
    replied_at: datetime | None
    agent_id: str | None
    team: str | None


@dataclass(frozen=True)
class Obligation:
    """What a policy asks for of one ticket."""

    policy: Row
    started_at: datetime
    finished_at: datetime | None
    dropped_at: datetime | None
    elapsed_s: int
    is_paused: bool

    @property
    def is_late(self) -> bool:
        return self.elapsed_s > int(self.policy["target_seconds"])


class Queue:
    """One helpdesk's tickets over time."""

    def __init__(self, helpdesk: Helpdesk) -> None:
        self.desk = helpdesk
        # Since when each case was how old, and when it ended as one of its own.
        self._stays = {
            key: (
                [(ticket["created_at"], ticket["created_at"]), *helpdesk.absorbed(key)],
                self._left_at(ticket),
            )
            for key, ticket in helpdesk.tickets.items()
            if self._ever_stood(ticket)
        }

    def counted(self) -> Iterator[tuple[Row, dict[str, Any]]]:
        for ticket_id, ticket in self.desk.tickets.items():
            fact = self.desk.facts[ticket_id]
            if fact["exclusion_reason"] is None:
                yield ticket, fact

    def _left_at(self, ticket: Row) -> datetime | None:
        """When a merged or deleted ticket stopped being a case; None of those that are one."""
        desk, ticket_id = self.desk, ticket["ticket_id"]
        left = []
        if desk.survivor(ticket_id) != ticket_id:
            left.append(desk.merged_at(ticket_id))
        if desk.facts[ticket_id]["exclusion_reason"] == "deleted":
            left += [max(at for at in desk.deletions(ticket_id) if at <= desk.as_of)]
        return min((at for at in left if at is not None), default=None)

    def _ever_stood(self, ticket: Row) -> bool:
        """Whether it counts, or did until it was merged or deleted at a known time."""
        desk, fact = self.desk, self.desk.facts[ticket["ticket_id"]]
        reason = fact["exclusion_reason"]
        if reason == "merged" or (reason == "deleted" and desk.deletions(ticket["ticket_id"])):
            return not (
                ticket.get("is_spam")
                or ticket.get("is_test")
                or desk.is_own(ticket)
                or desk.is_bot_only(ticket, fact["first_solved_at"])
            )
        return reason is None

    def stood(self, instant: datetime) -> Iterator[Row]:
        """Tickets that were cases of their own just before the instant, whatever came later."""
        for ticket_id, (_, left_at) in self._stays.items():
            ticket = self.desk.tickets[ticket_id]
            if self.created_before(ticket, instant) is not None and (
                left_at is None or left_at >= instant
            ):
                yield ticket

    def created_before(self, ticket: Row, instant: datetime) -> datetime | None:
        """The creation of the case, by what the ticket had absorbed before the instant."""
        known, _ = self._stays[ticket["ticket_id"]]
        return min((at for since, at in known if since < instant), default=None)

    def course(self, ticket_id: str) -> list[tuple[datetime, str]]:
        """Since when which status, from the creation on."""
        created_at = self.desk.facts[ticket_id]["created_at"]
        log = [
            event
            for event in self.desk._events.get(ticket_id, [])
            if event["field"] == "status" and event["to_value"] != "deleted"
        ]
        first = (log[0].get("from_value") if log else None) or "new"
        return [(created_at, first)] + [
            (max(event["occurred_at"], created_at), event["to_value"]) for event in log
        ]

    def stretches(
        self, ticket_id: str, start: datetime, end: datetime
    ) -> Iterator[tuple[str, datetime, datetime]]:
        course = self.course(ticket_id)
        for number, (begins, status) in enumerate(course):
            ends = course[number + 1][0] if number + 1 < len(course) else end
            begins, ends = max(begins, start), min(ends, end)
            if begins < ends:
                yield status, begins, ends

    def seconds(
        self, ticket_id: str, clock: str, stretches: list[tuple[datetime, datetime]]
    ) -> int:
        hours = self.desk.hours(
            self.desk.facts[ticket_id]["first_team"], self.desk.facts[ticket_id]["created_at"]
        )
        return sum(
            self.desk.business_s(hours, a, b)
            if clock == "business"
            else int((b - a).total_seconds())
            for a, b in stretches
        )

    def wait(self, ticket_id: str, clock: str, *statuses: str) -> int | None:
        """Seconds in the statuses until the solve that stands."""
        fact = self.desk.facts[ticket_id]
        if fact["full_resolution_calendar_s"] is None or not fact["is_history_known"]:
            return None
        solved_at = fact["last_solved_at"]
        return self.seconds(
            ticket_id,
            clock,
            [
                (a, b)
                for status, a, b in self.stretches(ticket_id, fact["created_at"], solved_at)
                if status in statuses
            ],
        )

    def turns(self, ticket: Row) -> list[Turn]:
        first = self.desk.facts[ticket["ticket_id"]]["first_reply_at"]
        if first is None:
            return []
        replies = {m["message_id"] for m in self.desk._human_replies(ticket["ticket_id"])}
        found: list[Turn] = []
        last_word = None
        asked_at = None
        for message in self.desk._messages[ticket["ticket_id"]]:
            if message["sent_at"] < first:
                continue
            if message["message_id"] in replies:
                if asked_at is not None:
                    team = self.desk._holder(ticket, "team", message["sent_at"])
                    found.append(Turn(asked_at, message["sent_at"], message.get("author_id"), team))
                asked_at, last_word = None, "agent"
            elif message["author_type"] == "customer" and message["is_public"]:
                if last_word == "agent":
                    asked_at = message["sent_at"]
                last_word = "customer"
        if asked_at is not None:
            found.append(Turn(asked_at, None, None, None))
        return found

    def clock_from(self, ticket: Row) -> datetime | None:
        if ticket.get("created_by") != "agent":
            created_at: datetime = self.desk.facts[ticket["ticket_id"]]["created_at"]
            return created_at
        return next(
            (
                m["sent_at"]
                for m in self.desk._messages.get(ticket["ticket_id"], [])
                if m["author_type"] == "customer"
            ),
            None,
        )

    def is_answered_live(self, ticket: Row) -> bool:
        return self.desk._sessions(ticket["ticket_id"], None) > 0

    def is_vaguely_solved(self, ticket: Row) -> bool:
        """Solved, but nobody knows when."""
        has_solve = any(
            e["field"] == "status" and e["to_value"] in SOLVED
            for e in self.desk.world.get("ticket_events", [])
            if e["ticket_id"] == ticket["ticket_id"]
        )
        return ticket["status"] in SOLVED and not ticket.get("solved_at") and not has_solve

    # ----- SLA

    def _policy(self, ticket: Row, metric: str, instant: datetime) -> Row | None:
        def says(policy: Row, name: str) -> bool:
            return policy.get(name) is None or policy.get(name) == ticket.get(name)

        policies = [
            policy
            for policy in self.desk.world.get("sla_policies", [])
            if policy["metric"] == metric and says(policy, "channel") and says(policy, "priority")
        ]
        known = [p for p in policies if (p.get("valid_from") or instant) <= self.desk.as_of]
        if not known:
            return None
        best = max((p.get("channel") is not None, p.get("priority") is not None) for p in known)
        versions = sorted(
            (
                p
                for p in known
                if (p.get("channel") is not None, p.get("priority") is not None) == best
            ),
            key=lambda p: (p.get("valid_from") is not None, p.get("valid_from") or instant),
        )
        begun = [p for p in versions[1:] if p["valid_from"] <= instant]
        return begun[-1] if begun else versions[0]

    def obligations(self, ticket: Row) -> dict[tuple[str, int], Obligation]:
        """(metric, turn) → what is owed, or was."""
        ticket_id = ticket["ticket_id"]
        fact = self.desk.facts[ticket_id]
        solved_at = fact["last_solved_at"]
        owed: list[tuple[str, int, datetime | None, datetime | None, datetime | None]] = []
        if self.desk.world.get("messages"):
            reply = fact["first_reply_at"]
            is_spoken = ticket["channel"] in ("phone", "chat") and self.is_answered_live(ticket)
            if fact["frt_calendar_s"] is not None or (reply is None and not is_spoken):
                owed.append(("first_reply", 0, self.clock_from(ticket), reply, solved_at))
        for number, turn in enumerate(self.turns(ticket), start=1):
            owed.append(("next_reply", number, turn.asked_at, turn.replied_at, solved_at))
        if not self.is_vaguely_solved(ticket) and not (
            solved_at is not None and solved_at < fact["created_at"]
        ):
            owed.append(("resolution", 0, fact["created_at"], solved_at, None))
        found = {}
        for metric, number, start, finish, dropped in owed:
            if start is None:
                continue
            if finish is None and dropped is not None and dropped <= start:
                continue
            policy = self._policy(ticket, metric, start)
            if policy is not None:
                dropped = None if finish is not None else dropped
                found[metric, number] = self._clocked(ticket_id, policy, start, finish, dropped)
        return found

    def _clocked(
        self,
        ticket_id: str,
        policy: Row,
        start: datetime,
        finish: datetime | None,
        dropped: datetime | None,
    ) -> Obligation:
        paused_in = (policy.get("pausing_statuses") or "").replace("on-hold", "hold").split(";")
        until = finish or dropped or self.desk.as_of
        elapsed_s = self.elapsed(ticket_id, policy, start, until)
        is_paused = (
            until == self.desk.as_of
            and not (finish or dropped)
            and bool(self.desk._events.get(ticket_id))
            and self.course(ticket_id)[-1][1] in paused_in
            and self.elapsed(ticket_id, policy, start, self.course(ticket_id)[-1][0])
            <= policy["target_seconds"]
        )
        return Obligation(policy, start, finish, dropped, elapsed_s, is_paused)

    def elapsed(self, ticket_id: str, policy: Row, start: datetime, until: datetime) -> int:
        """Seconds on the policy's clock without its pauses."""
        paused_in = (policy.get("pausing_statuses") or "").replace("on-hold", "hold").split(";")
        clock = policy.get("clock") or "business"
        # Before the ticket there is no status, and the clock runs.
        created_at = self.desk.facts[ticket_id]["created_at"]
        early = [(start, min(created_at, until))] if start < min(created_at, until) else []
        running = [
            (a, b)
            for status, a, b in self.stretches(ticket_id, start, until)
            if status not in paused_in
        ]
        return self.seconds(ticket_id, clock, early + running)

    # ----- The queue at an instant

    def status_before(self, ticket_id: str, instant: datetime) -> str | None:
        standing = None
        for begins, status in self.course(ticket_id):
            if begins < instant:
                standing = status
        return standing

    def is_open_before(self, ticket: Row, instant: datetime) -> bool:
        fact = self.desk.facts[ticket["ticket_id"]]
        first, _, reopens = self.desk._solves(ticket)
        if fact["created_at"] >= instant:
            return False
        if first is None or max(first, fact["created_at"]) >= instant:
            return True
        return any(
            max(begins, fact["created_at"]) < instant
            and (ends is None or max(ends, fact["created_at"]) >= instant)
            for begins, ends in reopens
        )

    def backlog(self, instant: datetime) -> list[Row]:
        return [
            ticket
            for ticket in self.stood(instant)
            if not self.is_vaguely_solved(ticket) and self.is_open_before(ticket, instant)
        ]

    def median_age(self, instant: datetime) -> float | None:
        edge = instant.astimezone(HELSINKI).date()
        ages = [
            (edge - _local(created_at)).days
            for ticket in self.backlog(instant)
            if (created_at := self.created_before(ticket, instant)) is not None
        ]
        return statistics.median(ages) if ages else None

    def unanswered(self, instant: datetime) -> int:
        count = 0
        for ticket in self.backlog(instant):
            start = self.clock_from(ticket)
            reply = self.desk.facts[ticket["ticket_id"]]["first_reply_at"]
            count += (
                bool(self.desk.world.get("messages"))
                and not self.is_answered_live(ticket)
                and start is not None
                and start < instant
                and (reply is None or reply >= instant)
            )
        return count

    def waiting(self, instant: datetime) -> set[str]:
        """Requesters whose word is the last on a new or open ticket."""
        if not self.desk.world.get("messages"):
            return set()
        return {
            self.requester(ticket)
            for ticket in self.stood(instant)
            if not self.is_vaguely_solved(ticket)
            and self._is_status_known(ticket)
            and self._is_workable(ticket, instant)
            and self._has_last_word(ticket, instant)
        }

    def _is_status_known(self, ticket: Row) -> bool:
        """Without a log nobody knows since when it waits for the customer."""
        return bool(self.desk.world.get("ticket_events")) or ticket["status"] not in (
            "pending",
            "hold",
        )

    def _is_workable(self, ticket: Row, instant: datetime) -> bool:
        if len(self.course(ticket["ticket_id"])) == 1:
            return self.is_open_before(ticket, instant)
        return self.status_before(ticket["ticket_id"], instant) in WORKABLE

    def _has_last_word(self, ticket: Row, instant: datetime) -> bool:
        spans = [(turn.asked_at, turn.replied_at) for turn in self.turns(ticket)]
        start = self.clock_from(ticket)
        if (
            start is not None
            and ticket.get("created_by") != "system"
            and not self.is_answered_live(ticket)
        ):
            spans.append((start, self.desk.facts[ticket["ticket_id"]]["first_reply_at"]))
        return any(a < instant and (b is None or b >= instant) for a, b in spans)

    def requester(self, ticket: Row) -> str:
        return str(
            self.desk.customer(ticket)
            or ticket.get("person_id")
            or ticket.get("requester_address")
            or ticket["ticket_id"]
        )


def _local(instant: datetime) -> date:
    return instant.astimezone(HELSINKI).date()


def midnight(day: date) -> datetime:
    """The instant at which a day begins in Helsinki."""
    return datetime(day.year, day.month, day.day, tzinfo=HELSINKI)


def month_edges(first: date, as_of: datetime) -> Iterator[tuple[date, datetime]]:
    """Closed months and the instants at which they end."""
    month = first.replace(day=1)
    while True:
        following = (month + timedelta(days=31)).replace(day=1)
        if midnight(following) > as_of:
            return
        yield month, midnight(following)
        month = following
