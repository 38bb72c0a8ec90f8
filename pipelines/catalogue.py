"""The metric catalogue as data: what every figure is called and means.

Reads seeds/metric_catalogue.csv, the one place where a metric is defined in words. What a metric
is computed from stands in the dbt models.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from pipelines.contract import PROJECT_DIR

CATALOGUE_CSV = PROJECT_DIR / "seeds" / "metric_catalogue.csv"

DIMENSION_GROUPS = {
    "V": "survey",
    "C": "customer",
    "S": "service and plan",
    "P": "price",
    "O": "operations",
    "A": "agent (restricted)",
}


@dataclass(frozen=True)
class Metric:
    """One row of the catalogue, under the names of its columns."""

    id: str
    name_fi: str
    name_en: str
    seeds: str
    unit: str
    direction: str
    additivity: str
    month_by: str
    lag_months: str
    dims: str
    sql: str
    mart: str
    measurement_level: str
    owner_role: str
    definition_en: str
    definition_fi: str

    @property
    def table(self) -> str:
        """The table that holds the figure, without the column: marts.churn_value."""
        return ".".join(self.mart.split(".")[:2])

    @property
    def dimensions(self) -> str:
        return ", ".join(DIMENSION_GROUPS.get(word, word) for word in self.dims.split())


@cache
def catalogue() -> dict[str, Metric]:
    """Every metric by id, in the catalogue's order."""
    with CATALOGUE_CSV.open(encoding="utf-8", newline="") as file:
        return {row["id"]: Metric(**row) for row in csv.DictReader(file)}
