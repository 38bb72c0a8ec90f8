"""The true figures of a log, by our own reading of METRICS.

Plain Python and Decimal; no SQL, and nothing of the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.log import Log
from simulator.truth.churn_by_nps import churn_by_nps_figures
from simulator.truth.comparison import comparison_figures
from simulator.truth.desk import desk_figures
from simulator.truth.growth import growth_figures, repeat_figures, volatility_figures
from simulator.truth.lifetime import cost_figures, lifetime_figures
from simulator.truth.marts import mart_figures
from simulator.truth.money import Base, cohort_figures, cohorts, money_figures
from simulator.truth.parts import part_figures
from simulator.truth.price import price_figures, sales
from simulator.truth.queue import queue_figures
from simulator.truth.referral import referral_figures
from simulator.truth.retention import retention_figures
from simulator.truth.service import service_figures
from simulator.truth.standing import standing_figures
from simulator.truth.table import Figure
from simulator.truth.use import use_figures
from simulator.truth.voice import score_totals, voice_figures


@dataclass(frozen=True)
class Truth:
    """Every figure that is known, metric by metric, and what the rows of the marts sum to."""

    figures: list[Figure]
    mart_totals: list[Figure]


def truth_of(log: Log, as_of: int) -> Truth:
    """The truth of a log as it was known at an instant."""
    money, service = (half(log, as_of) for half in HALVES)
    return together(money, service)


def together(*parts: Truth) -> Truth:
    """Several parts of a truth as one."""
    return Truth(
        [figure for part in parts for figure in part.figures],
        [figure for part in parts for figure in part.mart_totals],
    )


def _money_truth(log: Log, as_of: int) -> Truth:
    """What customers are worth and what they pay."""
    base = Base(log, as_of)
    cells = cohorts(base)
    found = sales(log, as_of)
    figures = [
        *money_figures(base),
        *cohort_figures(cells),
        *retention_figures(base, as_of),
        *part_figures(base),
        *churn_by_nps_figures(log, base, as_of),
        *standing_figures(log, base, as_of),
        *growth_figures(log, base, as_of),
        *volatility_figures(log, base, as_of),
        *repeat_figures(log, base, as_of),
        *lifetime_figures(log, base, as_of),
        *cost_figures(log, base),
        *price_figures(found, base.last_month),
    ]
    return Truth(figures, list(mart_figures(log, as_of, base, cells, found)))


def _service_truth(log: Log, as_of: int) -> Truth:
    """What customers ask, say and do."""
    base = Base(log, as_of)
    figures = [
        *service_figures(log, as_of),
        *queue_figures(log, as_of),
        *desk_figures(log, as_of, base),
        *comparison_figures(log, as_of),
        *voice_figures(log, as_of, base),
        *use_figures(log, as_of, base),
        *referral_figures(log, as_of, base.last_month),
    ]
    return Truth(figures, list(score_totals(log, as_of, base.last_month)))


# They need nothing of each other, so that each can be worked out on a core of its own.
HALVES = (_money_truth, _service_truth)
