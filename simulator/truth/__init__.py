"""The true figures of a log, by our own reading of METRICS.

Plain Python and Decimal; no SQL, and nothing of the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.log import Log
from simulator.truth.marts import mart_totals
from simulator.truth.money import cohort_figures, money_figures
from simulator.truth.price import price_figures
from simulator.truth.service import service_figures
from simulator.truth.table import Figure

__all__ = ["figures", "mart_totals"]


def figures(log: Log, as_of: int) -> Iterator[Figure]:
    """Every figure that the truth knows, metric by metric."""
    yield from money_figures(log, as_of)
    yield from cohort_figures(log, as_of)
    yield from price_figures(log, as_of)
    yield from service_figures(log, as_of)
