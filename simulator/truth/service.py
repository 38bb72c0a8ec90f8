"""Tickets, calls and chats by month (METRICS 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial

from simulator.almanac import DAY_S, OpeningHours, local_month, month_start
from simulator.log import Contact, Log, Message, Team, Ticket, TicketEvent
from simulator.truth.customers import Customers
from simulator.truth.money import last_closed_month
from simulator.truth.table import Figure, ratio

ZERO = Decimal(0)
FCR_WINDOW_S = 7 * DAY_S
REOPEN_WINDOW_S = 30 * DAY_S
VOICE_TARGET_S = 20
SHORT_ABANDON_S = 5
# Customer and topic → when something was asked.
Requests = dict[tuple[str, str | None], list[int]]

_FINISHED = ("solved", "closed")
_LIVE_CHANNELS = ("phone", "chat")


@dataclass
class Case:
    """A ticket with everything that the figures need of its history."""

    ticket: Ticket
    created_at: int
    hours: OpeningHours
    first_team: str | None
    replies: list[int]
    asked_at: int | None
    solves: list[int]
    is_open: bool
    reopens: list[int]
    transfers_n: int
    sessions: list[Contact]
    handovers: list[TicketEvent]
    is_customers: bool
    # Since when it was how old, by what it had absorbed; and when it ended as a case of its own.
    ages: list[tuple[int, int]]
    left_at: int | None

    def created_before(self, edge: int) -> int | None:
        """The creation of the case that it was just before an instant; None where it was none."""
        if self.left_at is not None and self.left_at < edge:
            return None
        return min((created for since, created in self.ages if since < edge), default=None)

    def team_at(self, instant: int) -> str | None:
        """Which team had the ticket at an instant; what happened at it, happened before it."""
        at = [event.to_value for event in self.handovers if event.occurred_at <= instant]
        return at[-1] if at else self.first_team

    @property
    def first_solve(self) -> int | None:
        return self.solves[0] if self.solves else None

    @property
    def last_solve(self) -> int | None:
        return self.solves[-1] if self.solves and not self.is_open else None

    @property
    def answered_at(self) -> int | None:
        """The first human public reply since the customer asked."""
        if self.asked_at is None:
            return None
        return next((reply for reply in self.replies if reply >= self.asked_at), None)

    def counted_reopens(self, window_s: int | None) -> int:
        """Reopens within a window of the first solve that another human reply follows."""
        if not self.solves:
            return 0
        until = None if window_s is None else self.solves[0] + window_s
        return sum(
            (until is None or reopened <= until) and any(reply > reopened for reply in self.replies)
            for reopened in self.reopens
        )


def is_excluded(ticket: Ticket) -> bool:
    """Spam, tests, deleted and merged tickets (R13)."""
    return bool(
        ticket.is_spam
        or ticket.is_test
        or ticket.status == "deleted"
        or ticket.merged_into_ticket_id is not None
    )


def survivors(log: Log) -> dict[str, str]:
    """Merged ticket → the one that its case lives on in."""
    into = {
        ticket.ticket_id: ticket.merged_into_ticket_id
        for ticket in log.tickets
        if ticket.merged_into_ticket_id is not None
    }
    found = {}
    for ticket_id, kept in into.items():
        while kept in into:
            kept = into[kept]
        found[ticket_id] = kept
    return found


def is_human_reply(message: Message) -> bool:
    """Public, by a person, and not automatic (R19)."""
    return message.author_type == "agent" and message.is_public and not message.is_automated


class Units:
    """Which unit a team belongs to, by the version that holds at the end of a month."""

    def __init__(self, teams: list[Team]) -> None:
        self._versions: dict[str, list[Team]] = defaultdict(list)
        for team in sorted(teams, key=lambda team: team.valid_from or 0):
            self._versions[team.team].append(team)

    def of(self, team: str | None, month: int) -> str:
        """The unit's name; a team that nobody knows belongs to none."""
        versions = self._versions.get(team or "", [])
        end = month_start(month + 1)
        known = versions[:1] + [each for each in versions[1:] if (each.valid_from or 0) < end]
        return (known[-1].unit if known else None) or "unknown"

    def stretches(self, months: range) -> Iterator[range]:
        """Months in a row in which no team changes its unit."""
        begin = months.start
        for month in range(months.start + 1, months.stop):
            if any(self.of(team, month) != self.of(team, begin) for team in self._versions):
                yield range(begin, month)
                begin = month
        yield range(begin, months.stop)


# Laying out the hours of twenty years is slow, and teams keep theirs.
_hours = cache(OpeningHours)


def _hours_of(teams: list[Team], name: str | None, instant: int) -> OpeningHours:
    """The hours that a team kept at an instant; its first ones hold from the beginning of time."""
    versions = sorted(
        (team for team in teams if team.team == name), key=lambda team: team.valid_from or 0
    )
    kept = [team for team in versions[1:] if (team.valid_from or 0) <= instant]
    if not versions:
        return _hours(None, None)
    team = kept[-1] if kept else versions[0]
    return _hours(team.schedule, team.holidays)


def cases(log: Log) -> list[Case]:
    """Every ticket that counts."""
    return [case for case in stood_cases(log) if case.left_at is None]


def stood_cases(log: Log) -> list[Case]:
    """Every ticket that counts, and those that did until they were merged or deleted."""
    events: dict[str, list[TicketEvent]] = defaultdict(list)
    for event in log.ticket_events:
        events[event.ticket_id].append(event)
    messages: dict[str, list[Message]] = defaultdict(list)
    for message in log.messages:
        messages[message.ticket_id].append(message)
    sessions: dict[str, list[Contact]] = defaultdict(list)
    for contact in log.contacts:
        if contact.ticket_id is not None and contact.outcome == "answered":
            sessions[contact.ticket_id].append(contact)
    demanded = _demanded(log)
    customers = Customers(log.customers)
    absorbed: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for ticket in log.tickets:
        kept = ticket.merged_into_ticket_id
        if kept is not None:
            merged_at = _left_at(ticket, events[ticket.ticket_id])
            since = ticket.created_at if merged_at is None else merged_at
            absorbed[kept].append((since, ticket.created_at))
    found = []
    for ticket in log.tickets:
        key = ticket.ticket_id
        history = sorted(events[key], key=lambda event: event.occurred_at)
        left_at = _left_at(ticket, history) if is_excluded(ticket) else None
        is_out = is_excluded(ticket) and left_at is None
        if is_out or customers.is_internal(ticket.customer_id):
            continue
        first_team = next(
            (event.from_value for event in history if event.field == "team"), ticket.team
        )
        ages = [(ticket.created_at, ticket.created_at), *absorbed[key]]
        created_at = min(created for _, created in ages)
        talk = sorted(messages[key], key=lambda message: message.sent_at)
        asked = [message.sent_at for message in talk if message.author_type == "customer"]
        solves, reopens, is_open = _solves(ticket, history)
        found.append(
            Case(
                ticket,
                created_at,
                _hours_of(log.teams, first_team, created_at),
                first_team,
                [message.sent_at for message in talk if is_human_reply(message)],
                (asked[0] if asked else None) if ticket.created_by == "agent" else created_at,
                solves,
                is_open,
                reopens,
                _transfers(ticket, history),
                sessions[key],
                [event for event in history if event.field == "team"],
                ticket.created_by in (None, "customer")
                or demanded.get(key, ticket.created_at + 1) <= ticket.created_at,
                ages,
                left_at,
            )
        )
    return found


def _left_at(ticket: Ticket, history: list[TicketEvent]) -> int | None:
    """When a ticket was merged or deleted; None of spam and tests, and where no event tells."""
    if ticket.is_spam or ticket.is_test:
        return None
    return min(
        (
            event.occurred_at
            for event in history
            if event.field == "merged_into"
            or (event.field == "status" and event.to_value == "deleted")
        ),
        default=None,
    )


def _demanded(log: Log) -> dict[str, int]:
    """When a customer first called or chatted about a ticket."""
    since: dict[str, int] = {}
    for contact in log.contacts:
        if contact.ticket_id is not None and is_demand(contact):
            earlier = since.get(contact.ticket_id, contact.started_at)
            since[contact.ticket_id] = min(earlier, contact.started_at)
    return since


def _solves(ticket: Ticket, history: list[TicketEvent]) -> tuple[list[int], list[int], bool]:
    """Instants of solving, of reopening, and whether the ticket is open at the end.

    Of a ticket without a word in the log its own column tells.
    """
    solves, reopens = [], []
    if ticket.solved_at is not None and all(event.field != "status" for event in history):
        return [ticket.solved_at], [], False
    is_solved = False
    for event in history:
        if event.field != "status":
            continue
        if event.to_value in _FINISHED:
            if not is_solved:
                solves.append(event.occurred_at)
            is_solved = True
        elif is_solved:
            reopens.append(event.occurred_at)
            is_solved = False
    return solves, reopens, not is_solved


def _transfers(ticket: Ticket, history: list[TicketEvent]) -> int:
    """Handovers after the first assignment: of assignee, of team or of both at once."""
    routing = [event for event in history if event.field in ("agent_id", "team")]
    first = next((event for event in routing if event.field == "agent_id"), None)
    since = ticket.first_assigned_at
    if first is not None and first.from_value is None:
        since = first.occurred_at
    elif first is not None and since is None:
        # Whoever had it before the first event that is known had it from the beginning.
        since = ticket.created_at
    if since is None:
        return 0
    return len(
        {
            event.occurred_at
            for event in routing
            if event.occurred_at > since
            and event.to_value is not None
            and event.to_value != event.from_value
        }
    )


def quantile(values: list[int], share: Decimal) -> Decimal:
    """Linear interpolation between order statistics (R8, type 7)."""
    place = share * (len(values) - 1)
    at = int(place)
    if at + 1 == len(values):
        return Decimal(values[at])
    return values[at] + (values[at + 1] - values[at]) * (place - at)


_SUMMARIES: dict[str, Callable[[list[int]], Decimal | None]] = {
    "mean": lambda values: ratio(sum(values), len(values)),
    "median": lambda values: quantile(values, Decimal("0.5")),
    "p90": lambda values: quantile(values, Decimal("0.9")),
}


def _durations(
    metric_id: str,
    spans: Iterable[tuple[int, OpeningHours, int, int]],
    months: range,
    dimension: tuple[str, str],
) -> Iterator[Figure]:
    """(month, hours, start, end) → mean, median and p90 by either clock."""
    calendar: dict[int, list[int]] = defaultdict(list)
    business: dict[int, list[int]] = defaultdict(list)
    for month, hours, start, end in spans:
        calendar[month].append(end - start)
        business[month].append(hours.between(start, end))
    for clock, by_month in (("calendar", calendar), ("business", business)):
        for month in months:
            values = sorted(by_month[month])
            for name, summary in _SUMMARIES.items():
                value = summary(values) if values else None
                yield Figure(metric_id, f"{name}_{clock}", month, *dimension, value)


class _Cut:
    """The figures of the cases and contacts of one value of one dimension."""

    def __init__(
        self,
        cases: list[Case],
        contacts: list[Contact],
        requests: Requests,
        months: range,
        as_of: int,
        dimension: tuple[str, str],
    ) -> None:
        self.cases, self.contacts, self.requests = cases, contacts, requests
        self.months, self.as_of, self.dimension = months, as_of, dimension

    def figures(self) -> Iterator[Figure]:
        """What the team that ended the case, or took the call, answers for."""
        yield from self._waits()
        yield from self._shares()
        yield from self._voice()

    def _value(
        self,
        metric_id: str,
        month: int,
        value: Decimal | int | None,
        statistic: str = "value",
    ) -> Figure:
        exact = Decimal(value) if isinstance(value, int) else value
        return Figure(metric_id, statistic, month, *self.dimension, exact)

    def _waits(self) -> Iterator[Figure]:
        ended: dict[str, list[tuple[int, OpeningHours, int, int]]] = defaultdict(list)
        for case in self.cases:
            for metric_id, start, end in spans(case):
                ended[metric_id].append((local_month(end), case.hours, start, end))
        for metric_id in ("frt_s", "art_s", "first_resolution_s"):
            yield from _durations(metric_id, ended[metric_id], self.months, self.dimension)

    def _shares(self) -> Iterator[Figure]:
        solved: dict[int, list[Case]] = defaultdict(list)
        first: dict[int, list[Case]] = defaultdict(list)
        for case in self.cases:
            if case.last_solve is not None:
                solved[local_month(case.last_solve)].append(case)
            if case.first_solve is not None:
                first[local_month(case.first_solve)].append(case)
        for month in self.months:
            done = solved[month]
            one = sum(len(case.replies) == 1 and not case.counted_reopens(None) for case in done)
            moved = sum(case.transfers_n > 0 for case in done)
            yield self._value("one_touch_rate", month, ratio(one, len(done)))
            yield self._value("transfer_rate", month, ratio(moved, len(done)))
            moves = ratio(sum(case.transfers_n for case in done), len(done))
            yield self._value("transfer_rate", month, moves, "transfers_per_ticket")
            silent = sum(not case.replies and not is_answered_live(case) for case in done)
            yield self._value("frt_s", month, silent, "no_reply_solved_n")
            begun = first[month]
            again = sum(case.counted_reopens(REOPEN_WINDOW_S) > 0 for case in begun)
            is_mature = month_is_over(month, REOPEN_WINDOW_S, self.as_of)
            yield self._value("reopen_rate", month, ratio(again, len(begun)) if is_mature else None)
            eligible = [case for case in begun if _is_eligible(case)]
            at_once = sum(_is_resolved_at_once(case, self.requests) for case in eligible)
            is_mature = month_is_over(month, FCR_WINDOW_S, self.as_of)
            yield self._value("fcr", month, ratio(at_once, len(eligible)) if is_mature else None)

    def volumes(self, ended: list[Case]) -> Iterator[Figure]:
        """What came in, under the team that it first came to, against what was ended here."""
        created: dict[int, int] = defaultdict(int)
        asked: dict[int, int] = defaultdict(int)
        solved: dict[int, int] = defaultdict(int)
        for case in self.cases:
            created[local_month(case.created_at)] += 1
            if case.is_customers:
                asked[local_month(case.created_at)] += 1
        for case in ended:
            if case.last_solve is not None:
                solved[local_month(case.last_solve)] += 1
        for contact in self.contacts:
            if _is_request(contact):
                asked[local_month(contact.started_at)] += 1
        for month in self.months:
            yield self._value("request_volume", month, asked[month])
            yield self._value("clearance_rate", month, ratio(solved[month], created[month]))

    def _voice(self) -> Iterator[Figure]:
        by_month: dict[int, list[Contact]] = defaultdict(list)
        for contact in self.contacts:
            if waits_in_queue(contact):
                by_month[local_month(contact.started_at)].append(contact)
        handled: dict[int, list[int]] = defaultdict(list)
        for contact in self.contacts:
            if contact.outcome == "answered":
                handled[local_month(contact.started_at)].append(handle_s(contact))
        for month in self.months:
            legs = by_month[month]
            after_hours = sum(each.outcome == "after_hours" for each in legs)
            short = sum(
                each.outcome == "abandoned" and not is_counted_abandon(each) for each in legs
            )
            yield self._value("blocked_calls", month, after_hours, "after_hours_n")
            yield self._value("abandonment_rate", month, short, "short_abandons_n")
            answered = [each for each in legs if each.outcome == "answered"]
            gone = [each for each in legs if is_counted_abandon(each)]
            blocked = sum(each.outcome == "blocked" for each in legs)
            in_time = sum((each.queue_seconds or 0) <= VOICE_TARGET_S for each in answered)
            offered = len(answered) + len(gone)
            waits = [each.queue_seconds for each in answered if each.queue_seconds is not None]
            gone_waits = [each.queue_seconds for each in gone if each.queue_seconds is not None]
            both = waits + gone_waits
            yield self._value("asa_s", month, ratio(sum(waits), len(waits)))
            yield self._value("avg_queue_wait_s", month, ratio(sum(both), len(both)))
            yield self._value("aht_s", month, ratio(sum(handled[month]), len(handled[month])))
            yield self._value("service_level", month, ratio(in_time, offered))
            yield self._value("abandonment_rate", month, ratio(len(gone), offered))
            yield self._value("blocked_calls", month, blocked)
            yield self._value("blockage_rate", month, ratio(blocked, offered + blocked))
            yield self._value("reachability_rate", month, ratio(len(answered), offered + blocked))


def handle_s(contact: Contact) -> int:
    """Seconds that an agent was busy with a contact."""
    if contact.handle_seconds is not None:
        return contact.handle_seconds
    parts = (contact.talk_seconds, contact.hold_seconds, contact.after_call_seconds)
    return sum(part or 0 for part in parts)


def _without_contact(case: Case) -> bool:
    """No human public reply at all, which is how METRICS 18 reads "auto-closed without contact"."""
    return not case.replies


def spans(case: Case) -> Iterator[tuple[str, int, int]]:
    """(metric, start, end) of what has ended."""
    # Voice has its own measure of waiting.
    if (
        case.answered_at is not None
        and case.asked_at is not None
        and case.ticket.channel != "phone"
    ):
        yield "frt_s", case.asked_at, case.answered_at
    if _without_contact(case):
        return
    if case.last_solve is not None:
        yield "art_s", case.created_at, case.last_solve
    if case.first_solve is not None:
        yield "first_resolution_s", case.created_at, case.first_solve


def month_is_over(month: int, window_s: int, as_of: int) -> bool:
    """Whether a window that begins with the last event of a month is over."""
    return month_start(month + 1) + window_s <= as_of


def is_answered_live(case: Case) -> bool:
    """Somebody picked up: a call or chat of the ticket was answered."""
    return any(leg.outcome == "answered" for leg in case.sessions)


def is_counted_abandon(contact: Contact) -> bool:
    """Abandoned after a wait of at least five seconds, or an unknown one."""
    wait = contact.queue_seconds
    return contact.outcome == "abandoned" and (wait is None or wait >= SHORT_ABANDON_S)


def waits_in_queue(contact: Contact) -> bool:
    """Whoever calls or chats waits for somebody to pick up."""
    return contact.direction == "inbound" and contact.channel in _LIVE_CHANNELS


def is_demand(contact: Contact) -> bool:
    """A customer's call or chat that somebody picked up or waited for."""
    is_met = contact.outcome == "answered" or is_counted_abandon(contact)
    return contact.direction == "inbound" and is_met


def _is_request(contact: Contact) -> bool:
    """A customer's contact that made no ticket."""
    return contact.ticket_id is None and is_demand(contact)


def _is_eligible(case: Case) -> bool:
    return case.ticket.customer_id is not None and case.is_customers


def outcome_at_once(case: Case, requests: Requests) -> bool | None:
    """Whether the first contact solved it; None for what is not asked (8.17)."""
    return _is_resolved_at_once(case, requests) if _is_eligible(case) else None


def _is_resolved_at_once(case: Case, requests: Requests) -> bool:
    """The three conditions of 8.17."""
    solved_at = case.first_solve
    assert solved_at is not None
    sessions = [each for each in case.sessions if each.started_at <= solved_at]
    replies = [reply for reply in case.replies if reply <= solved_at]
    if case.ticket.channel == "chat" and sessions:
        replies = []
    if len(sessions) + len(replies) != 1 or case.counted_reopens(FCR_WINDOW_S):
        return False
    key = (case.ticket.customer_id or "", case.ticket.topic)
    return not any(solved_at < asked <= solved_at + FCR_WINDOW_S for asked in requests[key])


def requests_by_topic(cases: list[Case], contacts: list[Contact]) -> Requests:
    """Customer and topic → when something was asked, in any channel."""
    asked: Requests = defaultdict(list)
    for case in cases:
        ticket = case.ticket
        if ticket.customer_id is not None and case.is_customers:
            asked[ticket.customer_id, ticket.topic].append(case.created_at)
    for contact in contacts:
        if contact.customer_id is not None and _is_request(contact):
            asked[contact.customer_id, contact.topic].append(contact.started_at)
    return asked


_DIMENSIONS = ("channel", "topic", "priority", "team")


def service_figures(log: Log, as_of: int) -> Iterator[Figure]:
    """Every figure of the service, for the company and by each dimension alone."""
    found = cases(log)
    customers = Customers(log.customers)
    contacts = [each for each in log.contacts if not customers.is_internal(each.customer_id)]
    starts = [case.created_at for case in found] + [contact.started_at for contact in contacts]
    if not starts:
        return
    months = range(local_month(min(starts)), last_closed_month(as_of) + 1)
    requests = requests_by_topic(found, contacts)
    company = _Cut(found, contacts, requests, months, as_of, ("all", "all"))
    yield from company.figures()
    yield from company.volumes(found)
    for name in _DIMENSIONS:
        yield from _by_dimension(found, contacts, requests, months, as_of, name, _itself)
    units = Units(log.teams)
    for part in units.stretches(months):
        unit_of = partial(units.of, month=part.start)
        yield from _by_dimension(found, contacts, requests, part, as_of, "unit", unit_of)


def _itself(value: str | None) -> str:
    return value or "unknown"


def _by_dimension(
    found: list[Case],
    contacts: list[Contact],
    requests: Requests,
    months: range,
    as_of: int,
    name: str,
    named: Callable[[str | None], str],
) -> Iterator[Figure]:
    """The figures of every value; a unit's are those of its teams."""
    column = "team" if name == "unit" else name
    ended: dict[str, list[Case]] = defaultdict(list)
    for value, some, legs in _by_value(found, contacts, column, named, is_first=False):
        ended[value] = some
        yield from _Cut(some, legs, requests, months, as_of, (name, value)).figures()
    for value, some, legs in _by_value(found, contacts, column, named, is_first=True):
        cut = _Cut(some, legs, requests, months, as_of, (name, value))
        yield from cut.volumes(ended[value])


def _by_value(
    found: list[Case],
    contacts: list[Contact],
    name: str,
    named: Callable[[str | None], str],
    is_first: bool,
) -> Iterator[tuple[str, list[Case], list[Contact]]]:
    """Cases and contacts by value of a dimension; `is_first`: the first team, not the present."""
    by_value: dict[str, tuple[list[Case], list[Contact]]] = defaultdict(lambda: ([], []))
    for case in found:
        value = case.first_team if is_first and name == "team" else getattr(case.ticket, name)
        by_value[named(value)][0].append(case)
    for contact in contacts:
        by_value[named(getattr(contact, name, None))][1].append(contact)
    for value, (some, legs) in sorted(by_value.items()):
        yield value, some, legs
