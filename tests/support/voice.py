"""Surveys, use and referrals as rows in canonical, and the models above them built in one go."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.support.dbt import WarehouseUnderTest

MARTS = ("cx_score", "survey_quality", "unit_benchmark")
FAMILIES = (
    "metric_voice", "metric_use", "metric_trial", "metric_referral", "metric_benchmark",
)  # fmt: skip


def build_voice(warehouse: WarehouseUnderTest, **parameters: Any) -> None:
    """Everything in core that the metrics and marts of these families need, and these."""
    above_canonical = [f"+{name},path:models/core" for name in (*FAMILIES, *MARTS)]
    warehouse.run_dbt([*above_canonical, *MARTS], vars=parameters)


def figures(
    warehouse: WarehouseUnderTest, family: str
) -> dict[tuple[str, str, date, str, str], tuple[Decimal | None, str]]:
    """(metric, statistic, period, dim_name, dim_value) → value and status."""
    rows = warehouse.query(
        "select metric_id, statistic, period_start, dim_name, dim_value, value, status "
        f"from core.{family}"
    )
    found = {tuple(row[:5]): (row[5], row[6]) for row in rows}
    assert len(found) == len(rows)
    return found
