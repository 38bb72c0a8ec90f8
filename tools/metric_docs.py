"""Writes docs/metrics.md from the metric catalogue (`make docs`); a test keeps the two equal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipelines.catalogue import Metric, catalogue
from pipelines.explain import ADDITIVITY, DIRECTIONS

INTRODUCTION = """\
# Metrics

Every metric that mittaristo knows, in Finnish and English. This page is written by `make docs` from
`seeds/metric_catalogue.csv`; change it there. `mittaristo explain <id>` adds the models beneath a
metric and its last value. The catalogue is published as `meta.metric`; the values of whatever is
computed so far are in `marts.metric_value` under the same ids.

Net Promoter, NPS and Net Promoter Score are marks of Bain & Company, NICE and Fred Reichheld.
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _index(metrics: Iterable[Metric]) -> Iterator[str]:
    yield "| id | suomeksi | in English | unit | table |"
    yield "|---|---|---|---|---|"
    for metric in metrics:
        cells = (metric.name_fi, metric.name_en, metric.unit, f"`{metric.table}`")
        yield f"| [`{metric.id}`](#{metric.id}) | {' | '.join(map(_cell, cells))} |"


def _entry(metric: Metric) -> Iterator[str]:
    lag = "" if metric.lag_months == "0" else f", mature {metric.lag_months} months later"
    yield f"## {metric.id}"
    yield f"**{metric.name_fi} / {metric.name_en}**"
    yield metric.definition_fi
    yield metric.definition_en
    yield "\n".join(
        (
            f"- Formula: `{metric.sql}`",
            f"- Unit: {metric.unit}, {DIRECTIONS[metric.direction]}",
            f"- Adds up: {ADDITIVITY[metric.additivity]}",
            f"- Month by: {metric.month_by}{lag}; dimensions: {metric.dimensions}",
            f"- Level: {metric.measurement_level}; owner role: {metric.owner_role}; "
            f"asked for by: {metric.seeds}",
            f"- Table: `{metric.mart}`",
        )
    )


def render(metrics: Iterable[Metric]) -> str:
    """The whole page: an index, then every metric, both in the catalogue's order."""
    metrics = tuple(metrics)
    parts = [INTRODUCTION, "\n".join(_index(metrics))]
    for metric in metrics:
        parts.extend(_entry(metric))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page to the one path named."""
    (path,) = arguments
    Path(path).write_text(render(catalogue().values()), encoding="utf-8")
    print(f"{path}: {len(catalogue())} metrics")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
