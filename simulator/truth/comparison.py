"""Which unit helps at once, and which is quick, beside the company's (METRICS 10.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from simulator.almanac import local_month
from simulator.log import Log
from simulator.truth.benchmark import compared
from simulator.truth.customers import Customers
from simulator.truth.money import last_closed_month
from simulator.truth.queue import Followed, followed
from simulator.truth.service import (
    FCR_WINDOW_S,
    month_is_over,
    outcome_at_once,
    quantile,
    requests_by_topic,
    spans,
)
from simulator.truth.table import Figure

# Statistic and month → the unit of each case and whether it is as it should be.
_Judged = dict[tuple[str, int], list[tuple[str | None, bool]]]


def comparison_figures(log: Log, as_of: int) -> Iterator[Figure]:
    """Every month's units."""
    found = followed(log)
    judged: _Judged = defaultdict(list)
    _judge_shares(judged, log, found, as_of)
    _judge_durations(judged, found)
    for (statistic, month), some in judged.items():
        if month <= last_closed_month(as_of):
            yield from compared(statistic, month, some)


def _judge_shares(judged: _Judged, log: Log, found: list[Followed], as_of: int) -> None:
    customers = Customers(log.customers)
    contacts = [each for each in log.contacts if not customers.is_internal(each.customer_id)]
    requests = requests_by_topic([each.case for each in found], contacts)
    for each in found:
        case = each.case
        if case.first_solve is not None:
            month = local_month(case.first_solve)
            outcome = outcome_at_once(case, requests)
            if outcome is not None and month_is_over(month, FCR_WINDOW_S, as_of):
                judged["fcr", month].append((each.units.of(case.ticket.team, month), outcome))
        if case.last_solve is not None:
            month = local_month(case.last_solve)
            is_one_touch = len(case.replies) == 1 and not case.counted_reopens(None)
            unit = each.units.of(case.ticket.team, month)
            judged["one_touch_rate", month].append((unit, is_one_touch))


def _judge_durations(judged: _Judged, found: list[Followed]) -> None:
    """A case is quick that took no longer than half of the company's of its month did."""
    values: dict[tuple[str, int], list[tuple[str | None, int]]] = defaultdict(list)
    for each in found:
        case = each.case
        ended = [(*span, case.ticket.team) for span in spans(case)]
        ended += [
            ("next_reply_s", turn.asked_at, turn.replied_at, case.team_at(turn.replied_at))
            for turn in each.turns
            if turn.replied_at is not None
        ]
        for metric_id, start, end, team in ended:
            month = local_month(end)
            unit = each.units.of(team, month)
            values[metric_id, month].append((unit, case.hours.between(start, end)))
    for key, rows in values.items():
        median = quantile(sorted(seconds for _, seconds in rows), Decimal("0.5"))
        judged[key] += [(unit, seconds <= median) for unit, seconds in rows]
