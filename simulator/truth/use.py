"""Who uses the service, who engages with the company, whose trial became pay (METRICS 6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from simulator.almanac import (
    day_month,
    first_day,
    local_day,
    local_month,
    midnight,
    month_start,
)
from simulator.log import ActivityEvent, Log, State, Subscription
from simulator.truth.balances import Span, balances, net_lines, paying_from, states_of
from simulator.truth.customers import Customers
from simulator.truth.money import Base
from simulator.truth.referral import cuts_of
from simulator.truth.service import quantile
from simulator.truth.table import Figure, ratio

MIN_N = 5
GRACE_DAYS = 30
_SERVICE_CUTS = ("service", "plan", "branch")
_QUALIFYING = ("session", "order", "core_action")
_INTERACTIONS = (
    "session", "web_visit", "app_session", "social", "community_post", "event", "newsletter_click",
)  # fmt: skip


@dataclass(frozen=True)
class _Use:
    """One event of a person, with the customer that the person belongs to."""

    event: ActivityEvent
    customer_id: str | None
    day: int


def _uses(log: Log, as_of: int) -> Iterator[_Use]:
    customers = Customers(log.customers)
    owners = {person.person_id: person.customer_id for person in log.people}
    users = {user.user_id: user for user in log.users}
    for event in log.activity_events:
        user = users.get(event.user_id)
        if event.occurred_at > as_of or event.is_bot or (user and user.is_bot):
            continue
        known = user and (user.customer_id or owners.get(user.person_id or ""))
        customer_id = event.customer_id or known
        if not customers.is_internal(customer_id):
            yield _Use(event, customer_id, local_day(event.occurred_at))


def _active(found: list[_Use], last_month: int) -> Iterator[Figure]:
    users: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    accounts: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    days: dict[tuple[int, str, str], set[tuple[int, str]]] = defaultdict(set)
    for use in found:
        event, month = use.event, day_month(use.day)
        counts = event.is_qualifying
        if counts is None:
            counts = event.event_type in _QUALIFYING
        if not counts or month > last_month:
            continue
        for name, value in (
            ("all", "all"),
            ("service", event.service or "unknown"),
            ("platform", event.platform or "unknown"),
        ):
            users[month, name, value].add(event.user_id)
            days[month, name, value].add((use.day, event.user_id))
            if use.customer_id is not None:
                accounts[month, name, value].add(use.customer_id)
    for key, active in users.items():
        n = len(active)
        length = first_day(key[0] + 1) - first_day(key[0])
        daily = Decimal(len(days[key])) / length / n
        yield Figure("mau", "value", *key, Decimal(n) if n >= MIN_N else None)
        accounts_n = Decimal(len(accounts[key])) if n >= MIN_N else None
        yield Figure("mau", "active_accounts", *key, accounts_n)
        yield Figure("dau_mau", "value", *key, daily if n >= MIN_N else None)


def _engaged(found: list[_Use], log: Log, as_of: int, base: Base) -> Iterator[Figure]:
    """Interactions of the customers that were open in the month, whether they came or not."""
    interactions: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for use in found:
        if use.event.event_type in _INTERACTIONS and use.customer_id is not None:
            interactions[day_month(use.day), use.customer_id][use.event.event_type] += 1
    spans = _spans(log, as_of)
    first_month = min((day_month(use.day) for use in found), default=base.last_month + 1)
    for month in range(first_month, base.last_month + 1):
        cells: dict[tuple[str, str], list[int]] = defaultdict(list)
        types: Counter[str] = Counter()
        for account in base.accounts:
            customer_id, since = account.customer_id, account.paying_from
            if not _is_open_in(spans[customer_id], since, month):
                continue
            came = interactions.get((month, customer_id), Counter())
            types.update(came)
            at = since if local_month(since) == month else month_start(month)
            for cut in [("all", "all"), *cuts_of(base.customers.at(customer_id, at))]:
                cells[cut].append(came.total())
        for cut, counts in cells.items():
            yield from _engagement(month, cut, sorted(counts))
        for name, n in types.items():
            share = ratio(n, len(cells["all", "all"]))
            yield Figure("customer_engagement", "value", month, "interaction_type", name, share)


def _engagement(month: int, cut: tuple[str, str], counts: list[int]) -> Iterator[Figure]:
    n = len(counts)
    for statistic, value in (
        ("value", ratio(sum(counts), n)),
        ("median", quantile(counts, Decimal("0.5"))),
        ("engaged_share", ratio(sum(count > 0 for count in counts), n)),
    ):
        yield Figure("customer_engagement", statistic, month, *cut, value)


def _spans(log: Log, as_of: int) -> dict[str, list[Span]]:
    """Customer → the spans in which something is paid for."""
    found: dict[str, list[Span]] = defaultdict(list)
    for balance in balances(log, as_of):
        paid = [span for span in balance.spans if span.mrr > 0]
        found[balance.subscription.customer_id] += paid
    return found


def _is_open_in(spans: list[Span], paying_since: int, month: int) -> bool:
    begins, ends = max(month_start(month), paying_since), month_start(month + 1)
    return any(
        max(span.since, begins) < (ends if span.until is None else min(span.until, ends))
        for span in spans
    )


@dataclass(frozen=True)
class _Trial:
    """A customer's first trial."""

    subscription: Subscription
    starts: int
    ends: int | None

    @property
    def paid_until(self) -> int | None:
        """The last instant at which beginning to pay makes it a success."""
        if self.ends is None:
            return None
        day = local_day(self.ends)
        return midnight(day + GRACE_DAYS) + self.ends - midnight(day)


def _first_trials(log: Log, as_of: int) -> list[_Trial]:
    told = {state.subscription_id for state in log.subscription_states}
    states = states_of(log, as_of)
    firsts: dict[str, _Trial] = {}
    for subscription in sorted(log.subscriptions, key=lambda each: each.subscription_id):
        key = subscription.subscription_id
        trials = [state for state in states[key] if state.status == "trialing"]
        if not trials:
            continue
        starts = min(state.valid_from for state in trials)
        end = _trial_end(states[key], starts)
        if key not in told and subscription.trial_end_at is not None:
            end = subscription.trial_end_at
        known = firsts.get(subscription.customer_id)
        if starts <= as_of and (known is None or starts < known.starts):
            firsts[subscription.customer_id] = _Trial(subscription, starts, end)
    return list(firsts.values())


def _trial_end(states: list[State], starts: int) -> int | None:
    """The final end of the trial that began first: extended, perhaps past a pause; not again."""
    reach: int | None = starts
    end: int | None = starts
    for state in sorted(states, key=lambda each: each.valid_from):
        if state.status not in ("trialing", "paused") or state.valid_from < starts:
            continue
        if reach is None or state.valid_from > reach:
            break
        reach = None if state.valid_to is None else max(reach, state.valid_to)
        if state.status == "trialing":
            end = reach
    return end


def trial_figures(log: Log, as_of: int, last_month: int) -> Iterator[Figure]:
    """First trials by the month in which they began (6.1, 6.2)."""
    customers = Customers(log.customers)
    since = paying_from(log, as_of, balances(log, as_of), net_lines(log))
    cells: dict[tuple[int, str, str], list[int | None]] = defaultdict(list)
    open_months = set()
    for trial in _first_trials(log, as_of):
        customer_id = trial.subscription.customer_id
        paid, until, month = since.get(customer_id), trial.paid_until, local_month(trial.starts)
        if customers.is_internal(customer_id) or (paid is not None and paid < trial.starts):
            continue
        if until is None or until >= as_of:
            open_months.add(month)
        is_converted = paid is not None and (until is None or paid <= until)
        days = local_day(paid) - local_day(trial.starts) if paid and is_converted else None
        for name, value in [
            ("all", "all"),
            *((dim, getattr(trial.subscription, dim) or "unknown") for dim in _SERVICE_CUTS),
            *cuts_of(customers.at(customer_id, trial.starts)),
        ]:
            cells[month, name, value].append(days)
    for key, outcomes in cells.items():
        if key[0] <= last_month:
            yield from _outcome(key, outcomes, key[0] not in open_months)


def _outcome(
    key: tuple[int, str, str], outcomes: list[int | None], is_over: bool
) -> Iterator[Figure]:
    converted = sorted(days for days in outcomes if days is not None)
    rate = ratio(len(converted), len(outcomes)) if is_over else None
    yield Figure("trial_to_paid_rate", "value", *key, rate)
    for statistic in ("mean", "median", "p90"):
        value = _summary(statistic, converted) if is_over else None
        yield Figure("time_to_paid_days", statistic, *key, value)


def _summary(statistic: str, values: list[int]) -> Decimal | None:
    if not values:
        return None
    if statistic == "mean":
        return Decimal(sum(values)) / len(values)
    return quantile(values, Decimal("0.5" if statistic == "median" else "0.9"))


def use_figures(log: Log, as_of: int, base: Base) -> Iterator[Figure]:
    """Every figure of use, engagement and trials."""
    found = list(_uses(log, as_of))
    yield from _active(found, base.last_month)
    yield from _engaged(found, log, as_of, base)
    yield from trial_figures(log, as_of, base.last_month)
