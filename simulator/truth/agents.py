"""What each agent did by month, team and channel, credited as METRICS R18 says.

One list of credits, from which every cell is worked out; the smallest cells say only how small they
are (10.7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from simulator.almanac import local_month, month_start
from simulator.log import Agent, Log, Message, QaReview, SurveyResponse, Ticket, TicketEvent
from simulator.truth.customers import Customers
from simulator.truth.desk import review_score
from simulator.truth.people import People
from simulator.truth.service import (
    FCR_WINDOW_S,
    REOPEN_WINDOW_S,
    Case,
    cases,
    handle_s,
    is_excluded,
    is_human_reply,
    outcome_at_once,
    quantile,
    requests_by_topic,
    survivors,
)
from simulator.truth.table import ratio

LOW_N = 30
MIN_CELL_N = 5
HALF = Decimal("0.5")


class Minimums(NamedTuple):
    """How large a cell and its team must be to be shown; a parameter of the company."""

    tickets: int = 20
    team: int = 5


class AgentRow(NamedTuple):
    """One agent's month in one team and channel; `values` by column of restricted.agent_kpi."""

    month: int
    agent_id: str
    team: str
    channel: str
    status: str
    values: dict[str, Decimal | None]


class _Credit(NamedTuple):
    """One thing that an agent did; `measures` is what it adds to which column."""

    kind: str
    agent_id: str
    at: int
    event_team: str | None
    channel: str | None
    measures: dict[str, Decimal | int | None]


@dataclass
class _Cell:
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    measures: dict[str, list[Decimal]] = field(default_factory=lambda: defaultdict(list))

    def add(self, credit: _Credit) -> None:
        self.counts[credit.kind] += 1
        for name, value in credit.measures.items():
            if value is not None:
                self.measures[name].append(Decimal(value))


def agent_rows(log: Log, as_of: int, minimums: Minimums) -> Iterator[AgentRow]:
    """Every cell of every month, the running one included."""
    people = People(log.agents)
    credits = [
        credit
        for credit in _credits(log)
        if credit.at <= as_of and not people.is_bot(credit.agent_id, credit.at)
    ]
    cells = _placed(credits, people)
    sizes = _team_sizes(cells, log.agents)
    for (month, agent_id, team, channel), cell in sorted(cells.items()):
        size = max(cell.counts["last_solve"], cell.counts["contact"])
        status = "ok" if size >= LOW_N else "low_n"
        if month_start(month + 1) > as_of:
            status = "immature"
        elif size < minimums.tickets or sizes[month, team] < minimums.team:
            status = "suppressed"
        values = dict(_columns(cell, month, as_of)) if status in ("ok", "low_n") else {}
        values["contacts_n"] = Decimal(cell.counts["contact"])
        values["solved_n"] = Decimal(cell.counts["last_solve"])
        yield AgentRow(month, agent_id, team, channel, status, values)


def _columns(cell: _Cell, month: int, as_of: int) -> Iterator[tuple[str, Decimal | None]]:
    measures = cell.measures

    def mean(name: str) -> Decimal | None:
        return ratio(sum(measures[name], Decimal(0)), len(measures[name]))

    def median(name: str) -> Decimal | None:
        values = sorted(int(value) for value in measures[name])
        return quantile(values, HALF) if values else None

    yield "answered_n", sum(measures["answered"], Decimal(0))
    yield "resolved_n", sum(measures["resolved"], Decimal(0))
    yield "asa_s", mean("queue")
    yield "aht_s", mean("handle")
    for name in ("frt", "first_resolution", "art"):
        for clock, suffix in (("business", ""), ("calendar", "_calendar")):
            yield f"{name}_median_s{suffix}", median(f"{name}_{clock}")
            yield f"{name}_mean_s{suffix}", mean(f"{name}_{clock}")
    edge = month_start(month + 1)
    yield "fcr_rate", mean("fcr") if edge + FCR_WINDOW_S <= as_of else None
    yield "reopen_rate", mean("reopened") if edge + REOPEN_WINDOW_S <= as_of else None
    yield "one_touch_rate", mean("one_touch")
    is_enough = len(measures["score"]) >= MIN_CELL_N
    yield "csat", mean("satisfied") if is_enough else None
    yield "csat_mean_score", mean("score") if is_enough else None
    yield "csat_n", Decimal(len(measures["score"]))
    yield "iqs", mean("review")
    yield "iqs_n", Decimal(len(measures["review"]))


Cells = dict[tuple[int, str, str, str], _Cell]


def _placed(credits: list[_Credit], people: People) -> Cells:
    """Each credit in its cell: the agent's team of that time, else that of what was done."""
    channels: dict[tuple[int, str], set[str]] = defaultdict(set)
    teams: dict[tuple[int, str], set[str]] = defaultdict(set)
    known = []
    for credit in credits:
        agent = people.at(credit.agent_id, credit.at)
        team = (agent.team if agent else None) or credit.event_team
        place = (local_month(credit.at), credit.agent_id)
        known.append((place, team, credit))
        channels[place] |= {credit.channel} - {None}  # type: ignore[arg-type]
        teams[place] |= {team} - {None}  # type: ignore[arg-type]
    cells: Cells = defaultdict(_Cell)
    for place, team, credit in known:
        if team is None and credit.kind in ("rating", "review"):
            team = _only(teams[place])
        channel = credit.channel or _only(channels[place])
        cells[(*place, team or "unknown", channel or "unknown")].add(credit)
    return cells


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _team_sizes(cells: Cells, agents: list[Agent]) -> dict[tuple[int, str], int]:
    """Who belonged to a team in a month, or worked as if."""
    members: dict[tuple[int, str], set[str]] = defaultdict(set)
    for month, agent_id, team, _ in cells:
        members[month, team].add(agent_id)
    versions: dict[str, list[Agent]] = defaultdict(list)
    for agent in sorted(agents, key=lambda row: row.updated_at or 0):
        versions[agent.agent_id].append(agent)
    for month in {month for month, *_ in cells}:
        for rows in versions.values():
            for number, row in enumerate(rows):
                since = local_month(row.updated_at or 0) if number else 0
                following = rows[number + 1].updated_at if number + 1 < len(rows) else None
                until = month if following is None else local_month(following)
                if since <= month <= until and row.role not in ("bot", "ex_agent") and row.team:
                    members[month, row.team].add(row.agent_id)
    return {place: len(agent_ids) for place, agent_ids in members.items()}


def _credits(log: Log) -> Iterator[_Credit]:
    customers = Customers(log.customers)
    contacts = [each for each in log.contacts if not customers.is_internal(each.customer_id)]
    counted = cases(log)
    requests = requests_by_topic(counted, contacts)
    courses = {ticket.ticket_id: _Course(ticket) for ticket in log.tickets}
    for event in log.ticket_events:
        if event.ticket_id in courses:
            courses[event.ticket_id].events.append(event)
    for message in log.messages:
        if message.ticket_id in courses:
            courses[message.ticket_id].messages.append(message)
    for case in counted:
        course = courses[case.ticket.ticket_id]
        yield from _of_case(case, course)
        if case.first_solve is not None:
            yield from _of_first_solve(case, course, outcome_at_once(case, requests))
    for contact in contacts:
        if contact.agent_id and not (contact.direction == "outbound" and not contact.ticket_id):
            is_answered = contact.outcome == "answered"
            is_inbound = contact.direction == "inbound"
            yield _Credit(
                "contact", contact.agent_id, contact.started_at, contact.team, contact.channel,
                {
                    "answered": is_answered,
                    "resolved": contact.is_resolved,
                    "queue": contact.queue_seconds if is_answered and is_inbound else None,
                    "handle": handle_s(contact) if is_answered else None,
                },
            )  # fmt: skip
    yield from _of_answers(log, courses, customers)
    yield from _of_reviews(log.qa_reviews, courses)


@dataclass
class _Course:
    """A ticket's events and messages, and who held it when."""

    ticket: Ticket
    events: list[TicketEvent] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def holder(self, name: str, instant: int) -> str | None:
        """Team or agent of the ticket once everything of an instant has happened."""
        changes = sorted(
            (event for event in self.events if event.field == name),
            key=lambda event: event.occurred_at,
        )
        if not changes:
            held: str | None = getattr(self.ticket, name)
            return held
        done = [event for event in changes if event.occurred_at <= instant]
        return done[-1].to_value if done else changes[0].from_value

    def responder(self, instant: int) -> str | None:
        return next(
            message.author_id
            for message in self.messages
            if message.sent_at == instant and is_human_reply(message)
        )


def _of_case(case: Case, course: _Course) -> Iterator[_Credit]:
    """First reply and last solve."""
    channel = case.ticket.channel
    replied, asked = case.answered_at, case.asked_at
    if replied is not None and asked is not None and channel != "phone":
        responder = course.responder(replied)
        if responder is not None:
            yield _Credit(
                "first_reply", responder, replied, course.holder("team", replied), channel,
                _span("frt", case, asked, replied),
            )  # fmt: skip
    solved = case.last_solve
    if solved is not None and (agent_id := course.holder("agent_id", solved)):
        one_touch = len(case.replies) == 1 and not case.counted_reopens(None)
        worked = _span("art", case, case.created_at, solved) if case.replies else {}
        yield _Credit(
            "last_solve", agent_id, solved, course.holder("team", solved), channel,
            worked | {"one_touch": one_touch},
        )  # fmt: skip


def _of_first_solve(case: Case, course: _Course, at_once: bool | None) -> Iterator[_Credit]:
    solved = case.first_solve
    assert solved is not None
    if agent_id := course.holder("agent_id", solved):
        worked = _span("first_resolution", case, case.created_at, solved) if case.replies else {}
        is_reopened = case.counted_reopens(REOPEN_WINDOW_S) > 0
        yield _Credit(
            "first_solve", agent_id, solved, course.holder("team", solved), case.ticket.channel,
            worked | {"fcr": at_once, "reopened": is_reopened},
        )  # fmt: skip


def _span(name: str, case: Case, start: int, end: int) -> dict[str, Decimal | int | None]:
    return {f"{name}_calendar": end - start, f"{name}_business": case.hours.between(start, end)}


def _of_answers(log: Log, courses: dict[str, _Course], customers: Customers) -> Iterator[_Credit]:
    """Satisfaction: the last answer of an encounter, and of a ticket, counts."""
    questions = {
        (row.question_id, row.version): row
        for row in log.survey_questions
        if row.instrument == "csat"
    }
    kept = survivors(log)
    latest: dict[tuple[str, str], SurveyResponse] = {}
    for response in sorted(log.survey_responses, key=lambda row: row.submitted_at):
        is_csat = (response.question_id, response.question_version) in questions
        if not is_csat or customers.is_internal(response.customer_id):
            continue
        case_id = kept.get(response.ticket_id or "", response.ticket_id)
        response = response._replace(ticket_id=case_id)
        course = courses.get(case_id or "")
        if course is not None and is_excluded(course.ticket):
            continue
        once = response.ticket_id or response.encounter_id or response.invitation_id
        if response.measurement_level == "relationship":
            continue
        latest[response.measurement_level, once or response.response_id] = response
    for response in latest.values():
        course = courses.get(response.ticket_id or "")
        if response.agent_id is None:
            continue
        most = questions[response.question_id, response.question_version].scale_max
        yield _Credit(
            "rating", response.agent_id, response.submitted_at, None,
            course.ticket.channel if course else None,
            {"score": response.score, "satisfied": response.score >= most - 1},
        )  # fmt: skip


def _of_reviews(rows: list[QaReview], courses: dict[str, _Course]) -> Iterator[_Credit]:
    reviews: dict[str, list[QaReview]] = defaultdict(list)
    for row in rows:
        if row.score is not None:
            reviews[row.review_id].append(row)
    for parts in reviews.values():
        first = parts[0]
        course = courses.get(first.ticket_id or "")
        if first.agent_id is not None:
            yield _Credit(
                "review", first.agent_id, max(part.reviewed_at for part in parts), first.team,
                course.ticket.channel if course else None,
                {"review": review_score(parts)},
            )  # fmt: skip
