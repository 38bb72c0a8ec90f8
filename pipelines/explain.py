"""What a metric means, what it is computed from, and what it was last.

Definitions come from the catalogue, lineage from the parsed dbt project, values from the published
file. Neither dagster nor dbt is imported here: the answer should be there at once.
"""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb

from assets.published import current_file
from pipelines.catalogue import Metric, catalogue
from pipelines.dbt import DbtError, manifest_json
from pipelines.settings import Home

WIDTH = 96
LABEL_WIDTH = 11
# Outermost first; what lies beneath canonical is the source's business, not the metric's.
LAYERS = ("marts", "restricted", "core", "canonical")
FAMILY_PREFIX = "metric_"

DIRECTIONS = {"up": "more is better", "down": "less is better", "none": "neither way is better"}
ADDITIVITY = {
    "sum": "over every dimension and over time",
    "stock": "over dimensions, not over time",
    "ratio": "never: recompute it from numerator and denominator",
    "none": "never",
}


class UnknownMetricError(LookupError):
    """No metric of that id; the message names the nearest ones."""


@dataclass(frozen=True)
class Value:
    """One row of marts.metric_value."""

    statistic: str
    period_start: date
    dim_name: str
    dim_value: str
    value: Decimal | None
    n: int | None
    status: str
    as_of: datetime


def find_metric(metric_id: str) -> Metric:
    """The metric of that id. Raises UnknownMetricError with the nearest ids."""
    metrics = catalogue()
    if metric := metrics.get(metric_id.strip().lower()):
        return metric
    wanted = metric_id.strip().lower()
    near = difflib.get_close_matches(wanted, metrics, n=3, cutoff=0.6)
    for metric in metrics.values():
        labels = f"{metric.id} {metric.name_fi} {metric.name_en}".lower()
        if len(near) < 3 and len(wanted) > 2 and wanted in labels and metric.id not in near:
            near.append(metric.id)
    suggestion = f"did you mean {' or '.join(near)}?" if near else "no id comes near it."
    raise UnknownMetricError(
        f"unknown metric {metric_id!r}; {suggestion} All {len(metrics)} ids are in docs/metrics.md"
    )


def lineage(manifest: Mapping[str, Any], metric: Metric) -> dict[str, list[str]]:
    """The models that the metric is computed from, by layer from marts down to canonical.

    They are the table that the catalogue names, the metric family that speaks of the metric's id,
    and everything beneath both. Empty when neither exists.
    """
    models = {u: n for u, n in manifest["nodes"].items() if n["resource_type"] == "model"}
    waiting = [
        unique_id
        for unique_id, node in models.items()
        if f"{node['schema']}.{node['alias']}" == metric.table
        or (node["name"].startswith(FAMILY_PREFIX) and f"'{metric.id}'" in node["raw_code"])
    ]
    seen: set[str] = set()
    while waiting:
        unique_id = waiting.pop()
        if unique_id not in seen:
            seen.add(unique_id)
            if models[unique_id]["schema"] != LAYERS[-1]:
                waiting += [p for p in manifest["parent_map"].get(unique_id, []) if p in models]
    found = {
        layer: sorted(models[u]["alias"] for u in seen if models[u]["schema"] == layer)
        for layer in LAYERS
    }
    return {layer: names for layer, names in found.items() if names}


# The company's rows; for a metric that has none with a value, such as the cohorts, those of the
# dimension that has. Of the last period with a value, else of the last period at all.
LAST_VALUES = """
    with

    metric as (
        select * from marts.metric_value where metric_id = ? and period_start is not null
    ),

    shown as (
        select * from metric
        where dim_name = (
            select dim_name from metric
            group by dim_name
            order by
                dim_name = 'all' and count(value) > 0 desc, count(value) desc, dim_name = 'all' desc
            limit 1
        )
    ),

    last_period as (
        select period_start, period_grain from shown
        order by value is not null desc, period_start desc, period_grain
        limit 1
    )

    select
        shown.statistic, shown.period_start, shown.dim_name, shown.dim_value, shown.value, shown.n,
        shown.status, shown.as_of
    from shown
    inner join last_period using (period_start, period_grain)
    order by try_cast(shown.dim_value as integer) nulls last, shown.dim_value, shown.statistic
"""


def last_values(home: Home, metric_id: str) -> list[Value] | None:
    """Every statistic of the last period that has a value, else of the last one at all.

    None when nothing has been published yet.
    """
    current = current_file(home)
    if not current.exists():
        return None
    with duckdb.connect(str(current), read_only=True) as connection:
        rows = connection.execute(LAST_VALUES, [metric_id]).fetchall()
    return [Value(*row) for row in rows]


def format_value(value: Decimal, unit: str) -> str:
    """Rounded once, half away from zero: euros to cents, fractions to a hundredth of a per cent."""
    if unit == "fraction":
        return f"{(value * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)} %"
    places = "0.01" if "EUR" in unit or value != value.to_integral_value() else "1"
    return f"{value.quantize(Decimal(places), ROUND_HALF_UP):,} {unit}".replace(",", " ")


def _models(metric: Metric) -> Iterator[str]:
    try:
        layers = lineage(manifest_json(), metric)
    except DbtError as error:
        yield f"not known: {error}"
        return
    if not layers:
        yield "none yet: the metric is defined, but not computed"
    for layer, names in layers.items():
        yield f"{layer}: {', '.join(names)}"


def _values(metric: Metric, home: Home) -> Iterator[str]:
    try:
        values = last_values(home, metric.id)
    except duckdb.Error as error:
        yield f"{current_file(home)} does not read ({error}); run `mittaristo run` again"
        return
    if values is None:
        yield (
            f"nothing has been published in {home.path} yet; run `mittaristo run`, "
            "or name another folder with --home"
        )
        return
    if not values:
        yield "the published file holds no row of it: no model computes it yet, or no data for it"
        return
    for value in values:
        statistic = "" if value.statistic == "value" else f"{value.statistic} "
        part = "" if value.dim_name == "all" else f"{value.dim_name} {value.dim_value}: "
        amount = "none" if value.value is None else format_value(value.value, metric.unit)
        n = "" if value.n is None else f", n {value.n}"
        yield f"{value.period_start:%Y-%m}: {part}{statistic}{amount} ({value.status}{n})"
    yield f"as of {values[0].as_of:%Y-%m-%d %H:%M %Z}, in {current_file(home)}"


def explain(metric_id: str, home: Home) -> str:
    """The whole page about one metric as text. Raises UnknownMetricError."""
    metric = find_metric(metric_id)
    unit = f"{metric.unit}, {DIRECTIONS[metric.direction]}"
    lines = [metric.id, f"{metric.name_fi} / {metric.name_en}", ""]
    for label, content in (
        ("suomeksi", [metric.definition_fi]),
        ("in English", [metric.definition_en]),
        ("formula", [metric.sql]),
        ("unit", [unit]),
        ("adds up", [ADDITIVITY[metric.additivity]]),
        ("month by", [f"{metric.month_by}; dimensions: {metric.dimensions}"]),
        ("asked for", [f"{metric.seeds}; answered by {metric.owner_role.replace('_', ' ')}"]),
        ("table", [metric.mart]),
        ("models", _models(metric)),
        ("last value", _values(metric, home)),
    ):
        for part in content:
            for line in textwrap.wrap(part, WIDTH - LABEL_WIDTH, break_long_words=False):
                lines.append(f"{label:<{LABEL_WIDTH}}{line}")
                label = ""
    return "\n".join(lines)
