"""The shape of the truth: figures with the ids of the catalogue, and their file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

from simulator.almanac import month_text

MICRO = Decimal("0.000001")
NANO = Decimal("0.000000001")


class Figure(NamedTuple):
    """One value of one metric; `value` is None where nothing can be said yet, or at all."""

    metric_id: str
    statistic: str
    month: int
    dim_name: str
    dim_value: str
    value: Decimal | None
    grain: str = "month"

    @property
    def key(self) -> tuple[str, str, int, str, str, str]:
        """What a value is of."""
        return (*self[:5], self.grain)


def micro(value: Decimal) -> Decimal:
    """Six decimals, half away from zero: what money is kept in after a division."""
    return value.quantize(MICRO, ROUND_HALF_UP)


def nano(value: Decimal) -> Decimal:
    """Nine decimals, as marts.metric_value keeps every number."""
    return value.quantize(NANO, ROUND_HALF_UP)


def ratio(numerator: Decimal | int, denominator: Decimal | int) -> Decimal | None:
    """Sum of numerators over sum of denominators; nothing over nothing is unknown (R7)."""
    return Decimal(numerator) / Decimal(denominator) if denominator else None


def write_figures(path: Path, figures: Iterable[Figure]) -> None:
    """Figures as a table with the columns of marts.metric_value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["metric_id", "statistic", "period_grain", "period_start", "dim_name", "dim_value",
             "value"]
        )  # fmt: skip
        for figure in figures:
            text = "" if figure.value is None else format(nano(figure.value), "f")
            writer.writerow(
                [figure.metric_id, figure.statistic, figure.grain, month_text(figure.month),
                 figure.dim_name, figure.dim_value, text]
            )  # fmt: skip
