"""Units beside their company, drawn to it by the weight of thirty cases (METRICS 10.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from simulator.truth.table import Figure

MIN_N = 5
PRIOR_N = 30


def compared(
    statistic: str, month: int, cases: Iterable[tuple[str | None, bool]]
) -> Iterator[Figure]:
    """One figure per unit from the unit of each case and whether it is as it should be."""
    units: dict[str, list[bool]] = defaultdict(list)
    everybody = []
    for unit, is_met in cases:
        everybody.append(is_met)
        if unit is not None and unit != "unknown":
            units[unit].append(is_met)
    if not everybody:
        return
    company = Decimal(sum(everybody)) / len(everybody)
    sizes = sorted((len(met), unit) for unit, met in units.items())
    small = [unit for n, unit in sizes if n < MIN_N]
    # One hidden unit could be told from the others, so the next smallest goes with it.
    hidden = [unit for _, unit in sizes[: max(len(small), 2 if small else 0)]]
    for unit, met in units.items():
        value = (sum(met) + PRIOR_N * company) / (len(met) + PRIOR_N)
        shown = None if unit in hidden else value
        yield Figure("unit_benchmark", statistic, month, "unit", unit, shown)
