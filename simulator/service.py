"""Cases of the service: tickets with their events and messages, calls, chats.

A case is first told as a timeline to its end, then cut at the end of the log, so that what is still
open looks as it would in a helpdesk. A customer has one case at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator import almanac, company
from simulator.almanac import DAY_S, local_day, midnight
from simulator.chance import Chance
from simulator.company import AS_OF, DESKS, hours_of
from simulator.log import Contact, Customer, Log, Message, Ticket, TicketEvent

HOUR_S = 3_600
MINUTE_S = 60

# Business seconds or plain seconds by quantile.
_SOLVE_AFTER_REPLY = (10, 30, 90, 300, 900)
_CUSTOMER_ANSWERS = (300, 3_600, 4 * HOUR_S, 20 * HOUR_S, 60 * HOUR_S)
_NEXT_REPLY = (300, 1_800, 7_200, 20_000, 60_000)
_QUEUE = (0, 2, 6, 11, 18, 25, 45, 120, 400)
_INCIDENT_QUEUE = (5, 30, 90, 200, 400, 900)
_TALK = (40, 120, 200, 320, 480, 1_500)
_AFTER_CALL = (0, 20, 45, 90, 240)
_CLOCKS = (0, 7, 8, 9, 9, 10, 11, 12, 13, 14, 15, 17, 19, 22)
_CLOSES_AFTER_S = 4 * DAY_S


@dataclass(frozen=True)
class Requester:
    """Who asks; `customer` is None when the helpdesk does not recognise them."""

    customer: Customer | None
    person_id: str | None
    address: str

    @property
    def customer_id(self) -> str | None:
        return self.customer.customer_id if self.customer else None

    @property
    def is_b2b(self) -> bool:
        return self.customer is not None and self.customer.customer_type == "b2b"


class Experience(NamedTuple):
    """What the customer remembers of a case."""

    ended_at: int
    topic: str
    ticket_id: str | None
    agent_id: str | None
    is_slow: bool
    is_failed: bool


@dataclass
class Case:
    """A ticket while its timeline is told."""

    ticket_id: str
    requester: Requester
    channel: str
    topic: str
    team: str
    created_at: int
    created_by: str = "customer"
    agent_id: str | None = None
    status: str = "new"
    events: list[tuple[int, str, str | None, str, str]] = field(default_factory=list)
    messages: list[tuple[int, str, str | None, bool, bool]] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    first_reply_at: int | None = None
    replies_n: int = 0
    is_failed: bool = False

    def __post_init__(self) -> None:
        self.first_team = self.team

    def change(self, instant: int, field_name: str, before: str | None, to: str, by: str) -> None:
        self.events.append((instant, field_name, before, to, by))

    def set_status(self, instant: int, to: str, by: str) -> None:
        if to != self.status:
            self.change(instant, "status", self.status, to, by)
            self.status = to

    def assign(self, instant: int, agent_id: str, by: str) -> None:
        self.change(instant, "agent_id", self.agent_id, agent_id, by)
        self.agent_id = agent_id

    def customer_writes(self, instant: int) -> None:
        self.messages.append((instant, "customer", self.requester.person_id, True, False))

    def agent_replies(self, instant: int) -> None:
        self.messages.append((instant, "agent", self.agent_id, True, False))
        self.replies_n += 1
        if self.first_reply_at is None:
            self.first_reply_at = instant


@dataclass
class _Known:
    """A ticket's own columns, as its events so far leave them."""

    team: str
    agent_id: str | None = None
    status: str = "new"
    solved_at: int | None = None
    assigned_at: int | None = None

    def learn(self, instant: int, name: str, to: str) -> None:
        if name == "team":
            self.team = to
        elif name == "agent_id":
            self.agent_id = to
            self.assigned_at = instant if self.assigned_at is None else self.assigned_at
        elif name == "status":
            self.status = to
            if to == "solved":
                self.solved_at = instant
            elif to in ("open", "pending", "hold"):
                self.solved_at = None


def _agent(chance: Chance, team: str) -> str:
    return chance.one_of(DESKS[team].agents)


def _home_team(requester: Requester, topic: str) -> str:
    if not requester.is_b2b:
        return "aspa"
    return "laskutus" if topic in ("lasku", "sopimus") else "tuki"


def _reply_at(chance: Chance, team: str, start: int, quantiles: tuple[int, ...]) -> int:
    wait = chance.spread(quantiles)
    if team == "tuki" and local_day(start) >= company.FASTER_DAY:
        wait = int(wait * company.FASTER_FACTOR)
    if local_day(start) in company.INCIDENT_DAYS:
        wait *= 3
    if chance.happens(0.04):
        # Somebody answers in the evening.
        return start + 60 + wait
    return hours_of(team, start).after(start, wait) + 1


class Helpdesk:
    """Makes cases and writes them into the log."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.tickets_n = 0

    def new_id(self) -> str:
        """The next ticket number."""
        self.tickets_n += 1
        return f"t{self.tickets_n}"

    # cases

    def case_of(
        self, chance: Chance, requester: Requester, instant: int, topic: str | None = None
    ) -> Experience:
        """One case that begins at an instant, by whichever channel the customer takes."""
        topic = topic or chance.weighted(company.TOPICS)
        team = _home_team(requester, topic)
        is_open = hours_of(team, instant).between(instant, instant + 900) == 900
        roll = chance.random()
        if roll < 0.3:
            return self._call(chance, requester, instant, topic, team, is_open)
        if roll < 0.45 and is_open:
            return self._chat(chance, requester, instant, topic, team)
        return self._written(chance, requester, instant, topic, team)

    def _written(
        self, chance: Chance, requester: Requester, instant: int, topic: str, team: str
    ) -> Experience:
        channel = chance.weighted([("email", 0.6), ("web", 0.3), ("social", 0.1)])
        case = Case(self.new_id(), requester, channel, topic, team, instant)
        kind = chance.weighted(
            [("usual", 0.9), ("agent", 0.02), ("system", 0.01), ("spam", 0.015), ("test", 0.003),
             ("deleted", 0.01), ("bot", 0.015), ("merged", 0.02), ("forgotten", 0.007)]
        )  # fmt: skip
        if kind == "merged":
            return self._merged(chance, case)
        if kind == "agent":
            case.created_by = "agent"
            if chance.happens(0.7):
                case.customer_writes(instant + chance.between(600, 5 * HOUR_S))
        elif kind == "system":
            case.created_by = "system"
        else:
            case.customer_writes(instant)
        if kind == "bot":
            return self._answered_by_bot(chance, case)
        if kind in ("spam", "test", "deleted", "forgotten"):
            if kind == "deleted":
                case.set_status(instant + 2 * HOUR_S, "deleted", "system")
            self._write(chance, case, is_spam=kind == "spam", is_test=kind == "test")
            return Experience(instant, topic, case.ticket_id, None, False, False)
        if chance.happens(0.6):
            case.messages.append((instant + 4, "system", None, True, True))
        asked_at = case.messages[0][0] if case.created_by == "agent" and case.messages else instant
        ended_at = self._handle(chance, case, asked_at)
        self._write(chance, case)
        return self._experience(case, ended_at)

    def _handle(self, chance: Chance, case: Case, start: int) -> int:
        """Route, answer and solve; returns the last solve."""
        reply_at = _reply_at(chance, case.team, start, DESKS[case.team].first_reply_s)
        assigned_at = start + int((reply_at - start) * chance.random() * 0.9)
        case.assign(assigned_at, _agent(chance, case.team), "system")
        case.set_status(assigned_at, "open", "agent")
        if chance.happens(0.04):
            # An out-of-office note goes out in the agent's name.
            case.messages.append((assigned_at + 1, "agent", case.agent_id, True, True))
        if chance.happens(0.08):
            reply_at = self._escalate(chance, case, assigned_at, reply_at)
        elif chance.happens(0.08):
            self._hand_over(chance, case, assigned_at + (reply_at - assigned_at) // 2)
        if chance.happens(0.15):
            case.messages.append((reply_at - 1, "agent", case.agent_id, False, False))
        case.agent_replies(reply_at)
        while chance.happens(0.3):
            case.is_failed = True
            reply_at = self._another_turn(chance, case, reply_at)
        solved_at = reply_at + chance.spread(_SOLVE_AFTER_REPLY)
        case.set_status(solved_at, "solved", "agent")
        return self._after_solve(chance, case, solved_at)

    def _escalate(self, chance: Chance, case: Case, assigned_at: int, reply_at: int) -> int:
        moved_at = assigned_at + (reply_at - assigned_at) // 3 + 1
        second = "kakkoslinja"
        case.change(moved_at, "team", case.team, second, "agent")
        case.team = second
        reply_at = _reply_at(chance, second, moved_at + 60, DESKS[second].first_reply_s)
        case.assign(moved_at + 1, _agent(chance, second), "agent")
        if chance.happens(0.4):
            case.set_status(moved_at + 30, "hold", "agent")
            case.set_status(reply_at - 2, "open", "agent")
        return reply_at

    def _hand_over(self, chance: Chance, case: Case, instant: int) -> None:
        other = _agent(chance, case.team)
        if other != case.agent_id:
            case.assign(instant, other, "agent")

    def _another_turn(self, chance: Chance, case: Case, reply_at: int) -> int:
        case.set_status(reply_at + 1, "pending", "agent")
        answered_at = reply_at + 2 + chance.spread(_CUSTOMER_ANSWERS)
        case.customer_writes(answered_at)
        if chance.happens(0.2):
            case.customer_writes(answered_at + 300)
        case.set_status(answered_at, "open", "customer")
        next_at = _reply_at(chance, case.team, answered_at + 301, _NEXT_REPLY)
        case.agent_replies(next_at)
        return next_at

    def _after_solve(self, chance: Chance, case: Case, solved_at: int) -> int:
        roll = chance.random()
        back_at = solved_at + chance.between(1_800, 12 * DAY_S)
        if roll < 0.04:
            case.customer_writes(back_at)
            case.set_status(back_at, "open", "customer")
            case.set_status(back_at + chance.between(600, 30_000), "solved", "agent")
            solved_at = case.events[-1][0]
        elif roll < 0.12:
            case.is_failed = True
            case.customer_writes(back_at)
            case.set_status(back_at, "open", "customer")
            reply_at = _reply_at(chance, case.team, back_at + 60, _NEXT_REPLY)
            case.agent_replies(reply_at)
            solved_at = reply_at + chance.spread(_SOLVE_AFTER_REPLY)
            case.set_status(solved_at, "solved", "agent")
        if chance.happens(0.8):
            case.set_status(solved_at + _CLOSES_AFTER_S, "closed", "system")
        return solved_at

    def _answered_by_bot(self, chance: Chance, case: Case) -> Experience:
        said_at = case.created_at + chance.between(2, 20)
        case.messages.append((said_at, "bot", "botti", True, True))
        case.set_status(said_at + 600, "solved", "system")
        self._write(chance, case)
        return Experience(said_at + 600, case.topic, case.ticket_id, None, False, False)

    def _merged(self, chance: Chance, case: Case) -> Experience:
        """The customer wrote twice: the two tickets become one, either way round."""
        case.customer_writes(case.created_at)
        twin = Case(
            self.new_id(), case.requester, case.channel, case.topic, case.team,
            case.created_at + chance.between(30, 3 * HOUR_S),
        )  # fmt: skip
        twin.customer_writes(twin.created_at)
        kept, gone = (case, twin) if chance.happens(0.6) else (twin, case)
        merged_at = twin.created_at + 300
        gone.change(merged_at, "merged_into", None, kept.ticket_id, "agent")
        gone.set_status(merged_at, "closed", "agent")
        ended_at = self._handle(chance, kept, twin.created_at + 400)
        # The survivor is written first: the other one refers to it.
        self._write(chance, kept)
        self._write(chance, gone, merged_into=kept.ticket_id)
        return self._experience(kept, ended_at)

    def _experience(self, case: Case, ended_at: int) -> Experience:
        reply_at = case.first_reply_at
        hours = hours_of(case.team, case.created_at)
        is_slow = (
            reply_at is not None
            and hours.between(case.created_at, reply_at) > company.SLOW_REPLY_BUSINESS_S
        )
        return Experience(
            ended_at, case.topic, case.ticket_id, case.agent_id, is_slow, case.is_failed
        )

    # voice and chat

    def contact_id(self) -> str:
        """The next contact number."""
        return f"k{len(self.log.contacts) + 1}"

    def _call(
        self, chance: Chance, requester: Requester, instant: int, topic: str, team: str,
        is_open: bool,
    ) -> Experience:  # fmt: skip
        self.incoming_call(chance, requester, instant, topic, team, is_open)
        contact = self.log.contacts[-1]
        nothing = Experience(instant, topic, None, contact.agent_id, False, False)
        if contact.outcome != "answered":
            return nothing._replace(is_failed=True)
        if chance.happens(0.5):
            return nothing
        self.log.contacts.pop()
        assert contact.agent_id is not None
        case = Case(self.new_id(), requester, "phone", topic, team, instant)
        case.contacts.append(contact._replace(ticket_id=case.ticket_id))
        talked_s = (contact.queue_seconds or 0) + (contact.talk_seconds or 0)
        over_at = instant + talked_s + (contact.hold_seconds or 0)
        case.assign(instant + (contact.queue_seconds or 0), contact.agent_id, "system")
        case.set_status(instant + (contact.queue_seconds or 0), "open", "agent")
        if chance.happens(0.75):
            ended_at = over_at + chance.between(0, 120)
        else:
            case.is_failed = True
            if chance.happens(0.5):
                ended_at = over_at + chance.between(HOUR_S, 2 * DAY_S)
                second = instant + chance.between(HOUR_S // 2, HOUR_S)
                case.contacts.append(self._callback(chance, contact, case.ticket_id, second))
                ended_at = max(ended_at, second + 2_000)
            else:
                case.set_status(over_at, "pending", "agent")
                reply_at = _reply_at(chance, team, over_at + 60, _NEXT_REPLY)
                case.agent_replies(reply_at)
                ended_at = reply_at + 30
        case.set_status(ended_at, "solved", "agent")
        if chance.happens(0.8):
            case.set_status(ended_at + _CLOSES_AFTER_S, "closed", "system")
        case.first_reply_at = None
        self._write(chance, case)
        return self._experience(case, ended_at)

    def _callback(self, chance: Chance, contact: Contact, ticket_id: str, instant: int) -> Contact:
        return contact._replace(
            contact_id=f"{contact.contact_id}b",
            ticket_id=ticket_id,
            direction="outbound",
            started_at=instant,
            queue_seconds=None,
            talk_seconds=chance.spread(_TALK),
            hold_seconds=0,
            is_resolved=True,
        )

    def incoming_call(
        self, chance: Chance, requester: Requester, instant: int, topic: str | None, team: str,
        is_open: bool,
    ) -> None:  # fmt: skip
        """One attempt to reach the company by phone, with its outcome."""
        is_incident = local_day(instant) in company.INCIDENT_DAYS
        queue_s = chance.spread(_INCIDENT_QUEUE if is_incident else _QUEUE)
        patience_s = chance.spread((1, 15, 60, 150, 600, 1_200))
        fields: dict[str, object] = {"topic": topic, "team": team}
        outcome, cause = "answered", None
        if not is_open:
            outcome = "after_hours"
        elif chance.happens(0.12 if is_incident else 0.015):
            outcome = "blocked"
            cause = chance.weighted([("no_agents", 0.7), ("network_fault", 0.3)])
        elif queue_s > patience_s:
            outcome = "abandoned"
        contact = Contact(
            self.contact_id(),
            "phone",
            "inbound",
            instant,
            outcome,
            queue=team,
            customer_id=requester.customer_id,
            person_id=requester.person_id,
            block_cause=cause,
            **fields,  # type: ignore[arg-type]
        )
        if outcome == "abandoned":
            # A few systems do not tell how long somebody waited before hanging up.
            contact = contact._replace(queue_seconds=None if chance.happens(0.03) else patience_s)
        elif outcome == "answered":
            contact = self._answered(chance, contact, team, queue_s)
        self.log.contacts.append(contact)

    def _answered(self, chance: Chance, contact: Contact, team: str, queue_s: int) -> Contact:
        talk_s = chance.spread(_TALK)
        hold_s = chance.spread((10, 60, 240)) if chance.happens(0.2) else 0
        after_s = chance.spread(_AFTER_CALL)
        is_measured = chance.happens(0.1)
        return contact._replace(
            agent_id=_agent(chance, team),
            queue_seconds=queue_s,
            talk_seconds=talk_s,
            hold_seconds=hold_s or None,
            after_call_seconds=after_s,
            handle_seconds=talk_s + hold_s + after_s + 5 if is_measured else None,
            is_resolved=chance.happens(0.7),
        )

    def _chat(
        self, chance: Chance, requester: Requester, instant: int, topic: str, team: str
    ) -> Experience:
        queue_s = chance.spread(_QUEUE)
        contact = Contact(
            self.contact_id(), "chat", "inbound", instant, "answered", queue=f"{team}-chat",
            topic=topic, team=team, customer_id=requester.customer_id,
            person_id=requester.person_id,
        )  # fmt: skip
        if chance.happens(0.08):
            self.log.contacts.append(
                contact._replace(outcome="abandoned", queue_seconds=queue_s // 2 + 1)
            )
            return Experience(instant, topic, None, None, False, True)
        contact = self._answered(chance, contact, team, queue_s)
        case = Case(self.new_id(), requester, "chat", topic, team, instant)
        case.contacts.append(contact._replace(ticket_id=case.ticket_id))
        assert contact.agent_id is not None
        case.customer_writes(instant)
        if chance.happens(0.5):
            case.messages.append((instant + 1, "bot", "botti", True, True))
        picked_at = instant + queue_s
        case.assign(picked_at, contact.agent_id, "system")
        case.set_status(picked_at, "open", "agent")
        over_at = picked_at + (contact.talk_seconds or 0)
        turns = chance.between(1, 4)
        for turn in range(turns):
            said_at = picked_at + 2 + (over_at - picked_at - 2) * turn // turns
            case.agent_replies(said_at)
            if turn:
                case.customer_writes(said_at - 1)
        case.set_status(over_at + 10, "solved", "agent")
        if chance.happens(0.8):
            case.set_status(over_at + 10 + _CLOSES_AFTER_S, "closed", "system")
        self._write(chance, case)
        return self._experience(case, over_at + 10)

    # into the log

    def _write(
        self,
        chance: Chance,
        case: Case,
        is_spam: bool = False,
        is_test: bool = False,
        merged_into: str | None = None,
    ) -> None:
        """Everything of the case that had happened when the log ends."""
        if case.created_at >= AS_OF:
            return
        known = self._write_events(case)
        for sent_at, author, author_id, is_public, is_automated in sorted(
            case.messages, key=lambda message: message[0]
        ):
            if sent_at < AS_OF:
                self.log.messages.append(
                    Message(
                        f"m{len(self.log.messages) + 1}", case.ticket_id, author, is_public,
                        sent_at, author_id, is_automated,
                    )
                )  # fmt: skip
        self.log.contacts.extend(each for each in case.contacts if each.started_at < AS_OF)
        self.log.tickets.append(
            Ticket(
                case.ticket_id,
                case.channel,
                case.created_at,
                known.status,
                case.requester.customer_id,
                case.requester.person_id,
                case.requester.address,
                case.topic if chance.random() > 0.03 else None,
                "high" if case.topic == "tekninen" else "normal",
                known.team,
                known.agent_id,
                created_by=case.created_by,
                first_assigned_at=known.assigned_at,
                solved_at=known.solved_at,
                is_spam=is_spam or None,
                is_test=is_test or None,
                merged_into_ticket_id=merged_into,
                agent_marked_fcr=(not case.is_failed) if chance.happens(0.5) else None,
            )
        )

    def _write_events(self, case: Case) -> _Known:
        known = _Known(case.first_team)
        for instant, name, before, to, by in sorted(case.events, key=lambda event: event[0]):
            if instant >= AS_OF:
                break
            self.log.ticket_events.append(
                TicketEvent(
                    f"e{len(self.log.ticket_events) + 1}", case.ticket_id, instant, name, before,
                    to, known.agent_id if by == "agent" else None, by,
                )
            )  # fmt: skip
            known.learn(instant, name, to)
        return known


def moment_in(chance: Chance, days: Iterable[int]) -> int:
    """An instant of one of the days, as customers write: more on workdays and by day."""
    choices = list(days)
    day = chance.one_of(choices)
    if almanac.weekday(day) >= 5 and chance.happens(0.6):
        day = chance.one_of(choices)
    return midnight(day) + chance.one_of(_CLOCKS) * HOUR_S + chance.below(HOUR_S)
