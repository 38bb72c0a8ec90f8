"""Turns, waits, SLA clocks and the queue, by month (METRICS 8)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import pairwise, zip_longest
from typing import NamedTuple

from simulator.almanac import DAY_S, OpeningHours, first_day, local_day, local_month, month_start
from simulator.log import Log, SlaPolicy, TicketEvent
from simulator.truth.money import last_closed_month
from simulator.truth.service import (
    Case,
    Units,
    handle_s,
    is_answered_live,
    quantile,
    stood_cases,
)
from simulator.truth.table import Figure, ratio

RESOLUTION_WINDOW_S = 7 * DAY_S
_WAITS = {"requester_wait_s": ("new", "open", "hold"), "agent_wait_s": ("pending",)}
_WORKABLE = ("new", "open")


class Turn(NamedTuple):
    """A customer wrote again after the first reply; `replied_at` is None until somebody answers."""

    asked_at: int
    replied_at: int | None


class Stretch(NamedTuple):
    """A ticket in one status; `until` is None while it lasts."""

    status: str
    since: int
    until: int | None


class Followed(NamedTuple):
    """A case with its log and its talk."""

    units: Units
    case: Case
    stretches: list[Stretch]
    turns: list[Turn]
    assigned_at: int | None

    @property
    def requester(self) -> str:
        ticket = self.case.ticket
        return (
            ticket.customer_id or ticket.person_id or ticket.requester_address or ticket.ticket_id
        )

    def dimensions(self, team: str | None, month: int) -> list[tuple[str, str]]:
        """The company and each dimension by itself; the caller knows whose team it is, and when."""
        ticket = self.case.ticket
        return [
            ("all", "all"),
            ("channel", ticket.channel),
            ("topic", ticket.topic or "unknown"),
            ("priority", ticket.priority or "unknown"),
            ("team", team or "unknown"),
            ("unit", self.units.of(team, month)),
        ]


def _stretches(case: Case, history: list[TicketEvent]) -> list[Stretch]:
    log = [event for event in history if event.field == "status" and event.to_value != "deleted"]
    first = (log[0].from_value if log else None) or "new"
    marks = [(case.created_at, first)]
    if not log and case.ticket.solved_at is not None:
        marks.append((case.ticket.solved_at, "solved"))
    marks += [(max(event.occurred_at, case.created_at), event.to_value or "") for event in log]
    ends: list[int | None] = [after[0] for _, after in pairwise(marks)]
    return [
        Stretch(status, since, until)
        for (since, status), until in zip(marks, [*ends, None], strict=True)
    ]


def _turns(case: Case, asked: list[int]) -> list[Turn]:
    start = case.answered_at
    if start is None:
        return []
    words = sorted(
        [(at, 1) for at in asked if at > start] + [(at, 0) for at in case.replies if at >= start]
    )
    found: list[Turn] = []
    waiting_since = None
    for at, is_customer in words:
        if is_customer:
            waiting_since = waiting_since or at
        elif waiting_since is not None:
            found.append(Turn(waiting_since, at))
            waiting_since = None
    return found if waiting_since is None else [*found, Turn(waiting_since, None)]


def followed(log: Log) -> list[Followed]:
    """Every ticket that counts, with what happened to it."""
    return [each for each in _ever_followed(log) if each.case.left_at is None]


def _ever_followed(log: Log) -> list[Followed]:
    """And those that counted until they were merged or deleted."""
    events: dict[str, list[TicketEvent]] = defaultdict(list)
    for event in log.ticket_events:
        events[event.ticket_id].append(event)
    asked: dict[str, list[int]] = defaultdict(list)
    for message in log.messages:
        if message.author_type == "customer" and message.is_public:
            asked[message.ticket_id].append(message.sent_at)
    found = []
    units = Units(log.teams)
    for case in stood_cases(log):
        key = case.ticket.ticket_id
        history = sorted(events[key], key=lambda event: event.occurred_at)
        assigned = [
            event.occurred_at
            for event in history
            if event.field == "agent_id" and event.from_value is None and event.to_value
        ]
        assigned_at = assigned[0] if assigned else case.ticket.first_assigned_at
        found.append(
            Followed(units, case, _stretches(case, history), _turns(case, asked[key]), assigned_at)
        )
    return found


class _Book:
    """Parts of ratios, and values of durations, by month and dimension."""

    def __init__(self, months: range) -> None:
        self.months = months
        self.parts: dict[tuple[str, str], dict[tuple[str, str, int], list[Decimal]]] = defaultdict(
            lambda: defaultdict(lambda: [Decimal(0), Decimal(0)])
        )

    def add(
        self,
        metric: tuple[str, str],
        where: Iterable[tuple[str, str]],
        month: int,
        numerator: Decimal | int,
        denominator: int,
    ) -> None:
        for dimension, value in where:
            both = self.parts[metric][dimension, value, month]
            both[0] += numerator
            both[1] += denominator

    def ratios(self) -> Iterator[Figure]:
        for (metric_id, statistic), cells in self.parts.items():
            for (dimension, value, month), (numerator, denominator) in cells.items():
                if month in self.months:
                    figure = numerator / denominator if denominator else None
                    yield Figure(metric_id, statistic, month, dimension, value, figure)


def queue_figures(log: Log, as_of: int) -> Iterator[Figure]:
    """Every figure, for the company and by each dimension alone."""
    ever = _ever_followed(log)
    found = [each for each in ever if each.case.left_at is None]
    if not found:
        return
    starts = [each.case.created_at for each in found]
    starts += [contact.started_at for contact in log.contacts]
    months = range(local_month(min(starts)), last_closed_month(as_of) + 1)
    book = _Book(months)
    _resolutions(book, found, as_of)
    _obligations(book, found, log.sla_policies, as_of)
    _casework(book, found)
    _marks(book, found)
    yield from book.ratios()
    yield from _durations(found, months)
    yield from _stocks(ever, months, as_of)


def _resolutions(book: _Book, found: list[Followed], as_of: int) -> None:
    """Solved within seven days of the first assignment, and still so when they are over (8.6)."""
    for each in found:
        if each.assigned_at is None or each.assigned_at > as_of:
            continue
        limit = each.assigned_at + RESOLUTION_WINDOW_S
        solves = sum(at <= limit for at in each.case.solves)
        reopens = sum(at <= limit for at in each.case.reopens)
        month = local_month(each.assigned_at)
        # The window of a month's last assignment is over before the next month is.
        if first_day(month + 1) + 7 <= local_day(as_of):
            book.add(
                ("resolution_rate", "value"),
                each.dimensions(each.case.team_at(each.assigned_at), month),
                month,
                int(solves > reopens),
                1,
            )


def _casework(book: _Book, found: list[Followed]) -> None:
    for each in found:
        legs = [leg for leg in each.case.sessions if leg.outcome == "answered"]
        if each.case.last_solve is None or not legs:
            continue
        month = local_month(each.case.last_solve)
        where = each.dimensions(each.case.ticket.team, month)
        worked = sum(handle_s(leg) for leg in legs)
        queued = sum(leg.queue_seconds or 0 for leg in legs)
        for metric_id in ("work_time_per_resolution_s", "aht_case_s"):
            book.add((metric_id, "value"), where, month, worked, 1)
        book.add(("aht_case_incl_queue_s", "value"), where, month, worked + queued, 1)


def _marks(book: _Book, found: list[Followed]) -> None:
    if all(each.case.ticket.agent_marked_fcr is None for each in found):
        return
    for each in found:
        ticket = each.case.ticket
        if each.case.first_solve is None or ticket.customer_id is None:
            continue
        if each.case.is_customers:
            month = local_month(each.case.first_solve)
            is_marked = int(bool(ticket.agent_marked_fcr))
            where = each.dimensions(ticket.team, month)
            book.add(("fcr_agent", "value"), where, month, is_marked, 1)


def _policy(policies: list[SlaPolicy], each: Followed, metric: str, at: int) -> SlaPolicy | None:
    ticket = each.case.ticket
    said = [
        policy
        for policy in policies
        if policy.metric == metric
        and policy.channel in (None, ticket.channel)
        and policy.priority in (None, ticket.priority)
    ]
    if not said:
        return None
    best = max((policy.channel is not None, policy.priority is not None) for policy in said)
    versions = sorted(
        (p for p in said if (p.channel is not None, p.priority is not None) == best),
        key=lambda policy: -1 if policy.valid_from is None else policy.valid_from,
    )
    begun = [p for p in versions[1:] if p.valid_from is not None and p.valid_from <= at]
    return begun[-1] if begun else versions[0]


def _obligations(book: _Book, found: list[Followed], policies: list[SlaPolicy], as_of: int) -> None:
    """Done late, or waiting longer than the target already, in the month of the deadline (8.16)."""
    for each in found:
        for metric, start, finish, dropped in _owed(each):
            policy = _policy(policies, each, metric, start)
            verdict = policy and _judge(each, policy, start, finish, dropped, as_of)
            if not verdict:
                continue
            deadline, is_late = verdict
            month = local_month(deadline)
            where = each.dimensions(each.case.first_team, month)
            for statistic in ("value", metric):
                book.add(("sla_breach_rate", statistic), where, month, int(is_late), 1)
            if metric == "first_reply":
                book.add(("service_level", "tickets"), where, month, int(not is_late), 1)


def _owed(each: Followed) -> Iterator[tuple[str, int, int | None, int | None]]:
    """(metric, since when, when it was done, when the ticket was solved without it)."""
    case = each.case
    # Who was spoken to has been answered.
    is_spoken = bool(case.sessions) and (
        case.ticket.channel == "phone"
        or (case.ticket.channel == "chat" and case.answered_at is None)
    )
    owed = [("next_reply", turn.asked_at, turn.replied_at) for turn in each.turns]
    if case.asked_at is not None and not is_spoken:
        owed.append(("first_reply", case.asked_at, case.answered_at))
    for metric, start, finish in owed:
        if finish is not None:
            yield metric, start, finish, None
        elif case.last_solve is None or case.last_solve > start:
            yield metric, start, None, case.last_solve
    yield "resolution", case.created_at, case.last_solve, None


def _judge(
    each: Followed,
    policy: SlaPolicy,
    start: int,
    finish: int | None,
    dropped: int | None,
    as_of: int,
) -> tuple[int, bool] | None:
    """(deadline, late); None while nobody can say."""
    target = policy.target_seconds
    paused_in = (policy.pausing_statuses or "").split(";")
    stopped = finish if finish is not None else dropped
    until = as_of if stopped is None else stopped
    spent = 0
    at = start
    deadline = None
    for stretch in each.stretches:
        ends = until if stretch.until is None else min(stretch.until, until)
        if stretch.status in paused_in or ends <= at:
            at = max(at, ends) if stretch.status in paused_in else at
            continue
        piece = _seconds(policy, each.case.hours, at, ends)
        if deadline is None and spent + piece >= target and target > spent:
            deadline = _later(policy, each.case.hours, at, target - spent)
        spent += piece
        at = ends
    is_late = spent > target
    if deadline is None:
        if stopped is None or (finish is None and not is_late):
            return None
        deadline = _later(policy, each.case.hours, until, target - spent)
    if finish is None and not is_late:
        return None
    return (deadline, is_late) if deadline <= as_of else None


def _seconds(policy: SlaPolicy, hours: OpeningHours, start: int, end: int) -> int:
    return end - start if policy.clock == "calendar" else hours.between(start, end)


def _later(policy: SlaPolicy, hours: OpeningHours, start: int, seconds: int) -> int:
    """When so many seconds will have passed: just at a close, not at the next opening."""
    if policy.clock == "calendar":
        return start + seconds
    return hours.after(start, seconds - 1) + 1


_SUMMARIES: dict[str, Callable[[list[int]], Decimal | None]] = {
    "mean": lambda values: ratio(sum(values), len(values)),
    "median": lambda values: quantile(values, Decimal("0.5")),
    "p90": lambda values: quantile(values, Decimal("0.9")),
}


def _durations(found: list[Followed], months: range) -> Iterator[Figure]:
    seconds: dict[tuple[str, str, str, str, int], list[int]] = defaultdict(list)
    for each in found:
        for metric_id, where, month, spans in _ended(each):
            for clock, total in _on_both_clocks(each.case.hours, spans):
                for dimension, value in where:
                    seconds[metric_id, clock, dimension, value, month].append(total)
    for (metric_id, clock, dimension, value, month), values in seconds.items():
        if month in months:
            for name, summary in _SUMMARIES.items():
                figure = summary(sorted(values))
                yield Figure(metric_id, f"{name}_{clock}", month, dimension, value, figure)


def _ended(
    each: Followed,
) -> Iterator[tuple[str, list[tuple[str, str]], int, list[tuple[int, int]]]]:
    """(metric, dimensions, month, the spans that it adds up)."""
    for turn in each.turns:
        if turn.replied_at is not None:
            month = local_month(turn.replied_at)
            where = each.dimensions(each.case.team_at(turn.replied_at), month)
            yield "next_reply_s", where, month, [(turn.asked_at, turn.replied_at)]
    if each.case.last_solve is None:
        return
    month = local_month(each.case.last_solve)
    for metric_id, statuses in _WAITS.items():
        spans = [
            (stretch.since, stretch.until)
            for stretch in each.stretches
            if stretch.status in statuses and stretch.until is not None
        ]
        yield metric_id, each.dimensions(each.case.ticket.team, month), month, spans


def _on_both_clocks(hours: OpeningHours, spans: list[tuple[int, int]]) -> Iterator[tuple[str, int]]:
    yield "calendar", sum(until - since for since, until in spans)
    yield "business", sum(hours.between(since, until) for since, until in spans)


# Statistic → days of age, both ends included.
_BANDS = {
    "age_0_1_n": (0, 1),
    "age_2_7_n": (2, 7),
    "age_8_30_n": (8, 30),
    "age_over_30_n": (31, None),
}


def _stocks(found: list[Followed], months: range, as_of: int) -> Iterator[Figure]:
    """The queue at the ends of months: how old it is, and who waits in it (8.4, 8.5)."""
    yield from _ages(found, months)
    waiting: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    turns: Counter[tuple[int, str, str]] = Counter()
    now = local_month(as_of)
    for each in found:
        for begun, over, is_turn in _unanswered(each):
            still = [now] if over is None and each.case.left_at is None else []
            stood = [month for month in _edges(begun, over, months) if _stood(each.case, month)]
            for month in stood + still:
                for dimension, value in each.dimensions(each.case.first_team, month):
                    waiting[month, dimension, value].add(each.requester)
                    turns[month, dimension, value] += is_turn
    for place, requesters in waiting.items():
        grain = "as_of" if place[0] == now else "month"
        yield Figure("open_cases", "value", *place, Decimal(len(requesters)), grain)
    for place, count in turns.items():
        if place[0] in months:
            yield Figure("next_reply_s", "unanswered_n", *place, Decimal(count))


def _ages(found: list[Followed], months: range) -> Iterator[Figure]:
    """How long the unsolved have been there, and how long those whom nobody answered."""
    ages: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    silences: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for each in found:
        case = each.case
        ends = case.solves[: len(case.reopens) + 1]
        for begun, over in zip_longest([case.created_at, *case.reopens], ends):
            for month in _edges(begun, over, months):
                created_at = case.created_before(month_start(month + 1))
                if created_at is None:
                    continue
                created = local_day(created_at)
                silent_days = _days_without_answer(case, month, created_at)
                for place in each.dimensions(case.first_team, month):
                    ages[month, *place].append(first_day(month + 1) - created)
                    silences[month, *place] += [] if silent_days is None else [silent_days]
    for where, days in ages.items():
        yield Figure("ticket_backlog", "value", *where, Decimal(len(days)))
        median = quantile(sorted(days), Decimal("0.5"))
        yield Figure("backlog_age_median_days", "value", *where, median)
        for band, (least, most) in _BANDS.items():
            n = sum(least <= age and (most is None or age <= most) for age in days)
            yield Figure("ticket_backlog", band, *where, Decimal(n))
    for where, days in silences.items():
        oldest = Decimal(max(days)) if days else None
        yield Figure("frt_s", "unanswered_n", *where, Decimal(len(days)))
        yield Figure("frt_s", "oldest_unanswered_days", *where, oldest)


def _stood(case: Case, month: int) -> bool:
    return case.created_before(month_start(month + 1)) is not None


def _days_without_answer(case: Case, month: int, created_at: int) -> int | None:
    """Since the customer asked, at a month's end; None where it was answered, or never asked.

    `created_at` is the creation of the case that it was then.
    """
    if case.asked_at is None or is_answered_live(case):
        return None
    edge = first_day(month + 1)
    asked = local_day(created_at if case.asked_at == case.created_at else case.asked_at)
    replied_at = case.answered_at
    is_answered = replied_at is not None and local_day(replied_at) < edge
    return None if asked >= edge or is_answered else edge - asked


def _edges(begun: int, over: int | None, months: range) -> range:
    """The months at whose end something that began and ended was still so."""
    until = months.stop if over is None else min(local_month(over), months.stop)
    return range(local_month(begun), until)


def _unanswered(each: Followed) -> Iterator[tuple[int, int | None, bool]]:
    """When the last word was the requester's and the ticket new or open; and whether it was a later
    turn's."""
    case = each.case
    spans: list[tuple[int, int | None, bool]] = [
        (turn.asked_at, turn.replied_at, True) for turn in each.turns
    ]
    is_theirs = case.ticket.created_by != "system" and not case.sessions
    if case.asked_at is not None and is_theirs:
        spans.append((case.asked_at, case.answered_at, False))
    for asked_at, replied_at, is_turn in spans:
        for stretch in each.stretches:
            if stretch.status not in _WORKABLE:
                continue
            begun = max(asked_at, stretch.since)
            ends = [end for end in (replied_at, stretch.until) if end is not None]
            if not ends or min(ends) > begun:
                yield begun, min(ends) if ends else None, is_turn
