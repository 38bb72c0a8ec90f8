"""Who is there to answer, what it costs and how good it is, by month (METRICS 8)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from simulator.almanac import day_month, first_day, local_month, midnight
from simulator.log import Contact, Log, QaReview
from simulator.truth.benchmark import MIN_N
from simulator.truth.customers import Customers
from simulator.truth.money import Base, last_closed_month
from simulator.truth.people import People
from simulator.truth.rates import Rates
from simulator.truth.service import (
    FCR_WINDOW_S,
    VOICE_TARGET_S,
    Case,
    Units,
    cases,
    handle_s,
    is_counted_abandon,
    month_is_over,
    outcome_at_once,
    requests_by_topic,
    waits_in_queue,
)
from simulator.truth.table import Figure, micro, ratio
from simulator.truth.voice import answers

_OF_A_SLOT = (
    "offered_n", "answered_n", "in_target_n", "abandoned_n", "short_abandons_n", "blocked_n",
    "after_hours_n",
)  # fmt: skip
_OF_CUSTOMERS = ("segment", "customer_type", "region", "acquisition_source")


def desk_figures(log: Log, as_of: int, base: Base) -> Iterator[Figure]:
    """Every figure, for the company and by each dimension alone."""
    found = cases(log)
    starts = [case.created_at for case in found]
    starts += [contact.started_at for contact in log.contacts]
    if not starts:
        return
    months = range(local_month(min(starts)), last_closed_month(as_of) + 1)
    yield from _contacts(log, months, base)
    yield from _causes(log, months)
    yield from _occupancy(log, months)
    yield from _costs(log, found, months)
    yield from _helped_at_once(log, found, months, as_of)
    yield from _read(log, found, months)


def _contacts(log: Log, months: range, base: Base) -> Iterator[Figure]:
    """What reached the desks, and how often a customer has to ask (8.2, 8.3)."""
    units, customers = Units(log.teams), Customers(log.customers)
    topics = {ticket.ticket_id: ticket.topic for ticket in log.tickets}
    counted: Counter[tuple[int, str, str]] = Counter()
    by_customer: Counter[tuple[int, str, str]] = Counter()
    for contact in _counted(log):
        month = local_month(contact.started_at)
        topic = contact.topic or topics.get(contact.ticket_id or "")
        for dimension, value in (
            ("all", "all"),
            ("channel", contact.channel),
            ("topic", topic or "unknown"),
            # A call has none.
            ("priority", "unknown"),
            ("team", contact.team or "unknown"),
            ("unit", units.of(contact.team, month)),
        ):
            counted[month, dimension, value] += 1
        customer = customers.at(contact.customer_id, contact.started_at)
        if customer is not None:
            for dimension in _OF_CUSTOMERS:
                by_customer[month, dimension, getattr(customer, dimension) or "unknown"] += 1
    for month in months:
        everybody = _customers_n(base, month, "all", "all")
        total = counted[month, "all", "all"]
        for dimension, value in sorted({(name, value) for _, name, value in counted}):
            n = counted[month, dimension, value]
            yield Figure("contact_volume_by_channel", "value", month, dimension, value, Decimal(n))
            if dimension in ("all", "channel"):
                yield Figure("channel_share", "value", month, dimension, value, ratio(n, total))
            rate = ratio(100 * n, everybody)
            yield Figure("contact_rate", "value", month, dimension, value, rate)
        for at, dimension, value in base.cells:
            if at == month and dimension in _OF_CUSTOMERS:
                n = by_customer[month, dimension, value]
                rate = ratio(100 * n, _customers_n(base, month, dimension, value))
                yield Figure("contact_rate", "value", month, dimension, value, rate)


def slot_totals(log: Log) -> Iterator[tuple[int, str, int, Decimal]]:
    """(month, column of service_live, quarter of the UTC day, sum) of all queues."""
    counted: Counter[tuple[int, str, int]] = Counter()
    for contact in _counted(log):
        if not waits_in_queue(contact):
            continue
        month, quarter = local_month(contact.started_at), contact.started_at // 900 % 96
        columns = [f"{contact.outcome}_n"]
        if contact.outcome == "abandoned" and not is_counted_abandon(contact):
            columns = ["short_abandons_n"]
        elif contact.outcome in ("answered", "abandoned"):
            columns.append("offered_n")
        wait = contact.queue_seconds
        if contact.outcome == "answered" and wait is not None and wait <= VOICE_TARGET_S:
            columns.append("in_target_n")
        counted.update((month, column, quarter) for column in columns)
    months = {(month, quarter) for month, _, quarter in counted}
    for month, quarter in sorted(months):
        for column in _OF_A_SLOT:
            yield month, column, quarter, Decimal(counted[month, column, quarter])


def _customers_n(base: Base, month: int, dimension: str, value: str) -> Decimal:
    """The mean of the base at both ends of a month."""
    cell = base.cells.get((month, dimension, value))
    return Decimal(cell.n["opening"] + cell.n["closing"]) / 2 if cell else Decimal(0)


def _causes(log: Log, months: range) -> Iterator[Figure]:
    """What kept callers out; a cause that no call ever has is unknown, never nothing (8.13)."""
    blocked: Counter[tuple[int, str]] = Counter()
    attempts: Counter[int] = Counter()
    for contact in _counted(log):
        if waits_in_queue(contact):
            month = local_month(contact.started_at)
            if contact.outcome == "blocked":
                blocked[month, contact.block_cause or "unknown"] += 1
            if contact.outcome in ("blocked", "answered") or is_counted_abandon(contact):
                attempts[month] += 1
    known = {cause for _, cause in blocked}
    for month in months:
        for cause in {"no_agents", "network_fault"} | known:
            n = blocked[month, cause] if cause in known else None
            rate = None if n is None else ratio(n, attempts[month])
            number = None if n is None else Decimal(n)
            yield Figure("blocked_calls", "value", month, "cause", cause, number)
            yield Figure("blockage_rate", "value", month, "cause", cause, rate)


def _counted(log: Log) -> Iterator[Contact]:
    """Contacts without the company's own people and without campaigns (R13)."""
    internal = {customer.customer_id for customer in log.customers if customer.is_internal}
    for contact in log.contacts:
        is_campaign = contact.direction == "outbound" and contact.ticket_id is None
        if contact.customer_id not in internal and not is_campaign:
            yield contact


def _occupancy(log: Log, months: range) -> Iterator[Figure]:
    """Who was busy of those who were there; under the agent's team of the day."""
    people, units = People(log.agents), Units(log.teams)
    handled: Counter[tuple[int, str, str]] = Counter()
    ready: Counter[tuple[int, str, str]] = Counter()
    for row in log.agent_time:
        morning = midnight(row.day)
        if row.handling_seconds is None or row.available_seconds is None:
            continue
        if people.is_bot(row.agent_id, morning):
            continue
        month, team = day_month(row.day), people.team(row.agent_id, morning)
        for dimension, value in (
            ("all", "all"), ("team", team or "unknown"), ("unit", units.of(team, month)),
        ):  # fmt: skip
            handled[month, dimension, value] += row.handling_seconds
            ready[month, dimension, value] += row.handling_seconds + row.available_seconds
    for month in months:
        for dimension, value in sorted({(name, value) for _, name, value in ready}):
            share = ratio(handled[month, dimension, value], ready[month, dimension, value])
            yield Figure("occupancy", "value", month, dimension, value, share)


def _costs(log: Log, found: list[Case], months: range) -> Iterator[Figure]:
    """What a channel is booked for is its own; the rest goes by the time of handling (8.23)."""
    booked = _booked(log)
    handled: Counter[tuple[int, str]] = Counter()
    seconds: Counter[tuple[int, str]] = Counter()
    for contact in _counted(log):
        if contact.outcome == "answered":
            month = local_month(contact.started_at)
            for channel in ("all", contact.channel):
                seconds[month, channel] += handle_s(contact)
                handled[month, channel] += contact.direction == "inbound"
    solved: Counter[tuple[int, str]] = Counter()
    for case in found:
        if case.last_solve is not None:
            for channel in ("all", case.ticket.channel):
                solved[local_month(case.last_solve), channel] += 1
    for month in sorted({month for month, _ in booked} & set(months)):
        shared = booked[month, None]
        total = sum((euros for (at, _), euros in booked.items() if at == month), Decimal(0))
        for channel in ["all", *sorted({case.ticket.channel for case in found})]:
            weight = ratio(seconds[month, channel], seconds[month, "all"]) or Decimal(0)
            own = micro(booked[month, channel] + shared * weight)
            # Nobody worked for it, so that nobody knows what it cost.
            cost_eur = total if channel == "all" else own or None
            dimension = "all" if channel == "all" else "channel"
            for metric_id, n in (
                ("cost_per_contact_eur", handled[month, channel]),
                ("cost_per_resolution_eur", solved[month, channel]),
            ):
                value = ratio(cost_eur, n) if cost_eur is not None else None
                yield Figure(metric_id, "value", month, dimension, channel, value)


def _booked(log: Log) -> dict[tuple[int, str | None], Decimal]:
    """Euros of support by month and channel; None is what was booked on none."""
    rates = Rates(log.fx_rates)
    booked: dict[tuple[int, str | None], Decimal] = defaultdict(Decimal)
    for cost in log.costs:
        if cost.cost_type == "support":
            month = day_month(cost.month)
            rate = rates.on(cost.currency, first_day(month))
            booked[month, cost.channel] += micro(cost.amount / rate)
    return booked


class _Parts:
    """Numerators and denominators by month and dimension."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, str, str], list[Decimal]] = defaultdict(
            lambda: [Decimal(0), Decimal(0)]
        )

    def add(
        self,
        where: list[tuple[str, str]],
        month: int,
        numerator: Decimal | int,
        denominator: int = 1,
    ) -> None:
        for dimension, value in where:
            both = self._sums[month, dimension, value]
            both[0] += numerator
            both[1] += denominator

    def figures(
        self,
        metric_id: str,
        statistic: str,
        months: range,
        hidden: frozenset[tuple[int, str, str]] = frozenset(),
    ) -> Iterator[Figure]:
        for place, (numerator, denominator) in self._sums.items():
            if place[0] in months:
                shown = None if place in hidden else ratio(numerator, denominator)
                yield Figure(metric_id, statistic, *place, shown)

    def hidden(self) -> frozenset[tuple[int, str, str]]:
        """Cells of too few answers, and the next one where a single one could be worked out."""
        by_total: dict[tuple[int, str], list[tuple[Decimal, str]]] = defaultdict(list)
        for (month, dimension, value), (_, denominator) in self._sums.items():
            if denominator:
                by_total[month, dimension].append((denominator, value))
        found = set()
        for (month, dimension), sizes in by_total.items():
            small = sum(n < MIN_N for n, _ in sizes)
            out = 2 if small == 1 and dimension != "all" else small
            found |= {(month, dimension, value) for _, value in sorted(sizes)[:out]}
        return frozenset(found)


class _Where(NamedTuple):
    """What a ticket is known by."""

    units: Units
    channel: str | None
    topic: str | None
    priority: str | None

    def dimensions(self, team: str | None, month: int) -> list[tuple[str, str]]:
        return [
            ("all", "all"),
            ("channel", self.channel or "unknown"),
            ("topic", self.topic or "unknown"),
            ("priority", self.priority or "unknown"),
            ("team", team or "unknown"),
            ("unit", self.units.of(team, month)),
        ]


def _places(log: Log) -> dict[str | None, _Where]:
    """Ticket → what it is known by; None is what belongs to no ticket."""
    units = Units(log.teams)
    places: dict[str | None, _Where] = {None: _Where(units, None, None, None)}
    for ticket in log.tickets:
        places[ticket.ticket_id] = _Where(units, ticket.channel, ticket.topic, ticket.priority)
    return places


def _helped_at_once(log: Log, found: list[Case], months: range, as_of: int) -> Iterator[Figure]:
    """What customers say of being helped at once, and whether their tickets agree (8.17)."""
    customers = Customers(log.customers)
    contacts = [each for each in log.contacts if not customers.is_internal(each.customer_id)]
    requests = requests_by_topic(found, contacts)
    by_ticket = {case.ticket.ticket_id: case for case in found}
    places = _places(log)
    said, agreed = _Parts(), _Parts()
    for answer in answers(log, as_of):
        if answer.instrument != "fcr" or not answer.bucket:
            continue
        case = by_ticket.get(answer.response.ticket_id or "")
        solved_at = case.first_solve if case else None
        team = case.ticket.team if case and solved_at is not None else None
        where = places[case.ticket.ticket_id if case else None].dimensions(team, answer.month)
        is_yes = answer.bucket == 1
        said.add(where, answer.month, int(is_yes))
        if case is not None and solved_at is not None and solved_at + FCR_WINDOW_S <= as_of:
            outcome = outcome_at_once(case, requests)
            if outcome is not None:
                agreed.add(where, answer.month, int(outcome == is_yes))
            else:
                agreed.add(where, answer.month, 0, 0)
    mature = range(
        months.start, months.stop - (not month_is_over(months.stop - 1, FCR_WINDOW_S, as_of))
    )
    yield from said.figures("fcr_survey", "value", months, said.hidden())
    yield from agreed.figures("fcr_survey", "agreement", mature, agreed.hidden())


def _read(log: Log, found: list[Case], months: range) -> Iterator[Figure]:
    """What colleagues think of the cases that they read (8.24)."""
    people, places = People(log.agents), _places(log)
    rated = [row for row in log.qa_reviews if row.score is not None]
    categories = _Parts()
    reviews: dict[str, list[QaReview]] = defaultdict(list)
    for row in rated:
        reviews[row.review_id].append(row)
        month = local_month(row.reviewed_at)
        categories.add([("category", row.category)], month, rating_share(row))
    scores, samples = _Parts(), _Parts()
    for parts in reviews.values():
        at = max(part.reviewed_at for part in parts)
        where = _reviewed_at(parts[0], at, people, places)
        scores.add(where, local_month(at), review_score(parts))
        drawn = [part.is_random_sample for part in parts if part.is_random_sample is not None]
        if drawn:
            samples.add(where, local_month(at), int(any(drawn)))
    yield from scores.figures("iqs", "value", months)
    yield from categories.figures("iqs", "value", months)
    yield from samples.figures("iqs", "random_sample_share", months)
    yield from _reach(found, reviews, places).figures("iqs", "reviewed_share", months)
    yield from _alike(rated, people, places).figures("iqs", "reviewer_agreement", months)


def _reach(
    found: list[Case], reviews: dict[str, list[QaReview]], places: dict[str | None, _Where]
) -> _Parts:
    """Tickets that somebody read in a month, against those that were solved in it."""
    share = _Parts()
    read = {
        (part.ticket_id, local_month(max(part.reviewed_at for part in parts)))
        for parts in reviews.values()
        for part in parts
    }
    by_ticket = {case.ticket.ticket_id: case for case in found}
    for ticket_id, month in read:
        case = by_ticket.get(ticket_id or "")
        if case is not None:
            share.add(_solved_where(case, month, places), month, 1, 0)
    for case in found:
        if case.last_solve is not None and reviews:
            month = local_month(case.last_solve)
            share.add(_solved_where(case, month, places), month, 0, 1)
    return share


def _alike(rated: list[QaReview], people: People, places: dict[str | None, _Where]) -> _Parts:
    """Of what two colleagues scored, how much they scored the same."""
    twice: dict[tuple[str, str], list[QaReview]] = defaultdict(list)
    for row in rated:
        if row.ticket_id is not None and row.reviewer_id is not None:
            twice[row.ticket_id, row.category].append(row)
    alike = _Parts()
    for rows in twice.values():
        if len({row.reviewer_id for row in rows}) > 1:
            last = max(rows, key=lambda row: (row.reviewed_at, row.review_id))
            where = _reviewed_at(last, last.reviewed_at, people, places)
            is_alike = len({rating_share(row) for row in rows}) == 1
            alike.add(where, local_month(last.reviewed_at), int(is_alike))
    return alike


def _reviewed_at(
    row: QaReview, at: int, people: People, places: dict[str | None, _Where]
) -> list[tuple[str, str]]:
    """Under the team that the review names, else the reviewed agent's."""
    team = row.team or (people.team(row.agent_id, at) if row.agent_id else None)
    where = places.get(row.ticket_id) or places[None]
    return where.dimensions(team, local_month(at))


def _solved_where(
    case: Case, month: int, places: dict[str | None, _Where]
) -> list[tuple[str, str]]:
    team = case.ticket.team if case.last_solve is not None else None
    return places[case.ticket.ticket_id].dimensions(team, month)


def rating_share(row: QaReview) -> Decimal:
    """Where a score stands on its scale, from 0 to 1."""
    least, most = row.scale_min or Decimal(0), row.scale_max or Decimal(1)
    return ((row.score or Decimal(0)) - least) / (most - least)


def review_score(parts: list[QaReview]) -> Decimal:
    """By weight over what was scored; a failed critical category fails it all."""
    shares = [(rating_share(part), part.weight or Decimal(1), part) for part in parts]
    if any(part.is_critical and share < Decimal("0.5") for share, _, part in shares):
        return Decimal(0)
    weight = sum((weight for _, weight, _ in shares), Decimal(0))
    return sum((share * weight for share, weight, _ in shares), Decimal(0)) / weight
