"""The catalogue is complete in both languages, and the generated page says what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.catalogue import Metric, catalogue
from pipelines.contract import PROJECT_DIR
from pipelines.explain import ADDITIVITY, DIRECTIONS
from tools.metric_docs import render

LEVELS = {"relationship", "journey", "moment_of_truth", "by_response"}


def test_the_catalogue_holds_the_metrics_of_the_specification() -> None:
    assert len(catalogue()) == 143
    assert {"nps", "churn_value_eur", "discount_gap_eur", "fcr"} <= set(catalogue())


@pytest.mark.parametrize("metric", catalogue().values(), ids=lambda metric: metric.id)
def test_a_metric_has_unit_direction_level_and_a_definition_in_both_languages(
    metric: Metric,
) -> None:
    assert metric.unit
    assert metric.direction in DIRECTIONS
    assert metric.additivity in ADDITIVITY
    assert metric.measurement_level in LEVELS
    assert metric.name_fi
    assert metric.name_en
    assert metric.definition_fi.endswith(".")
    assert metric.definition_en.endswith(".")
    assert metric.definition_fi != metric.definition_en


def test_the_metrics_page_is_the_one_that_make_docs_writes() -> None:
    page = (PROJECT_DIR / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert page == render(catalogue().values()), "run `make docs`"


def test_a_named_column_is_in_the_mart_that_holds_the_metric() -> None:
    named = [metric.mart.split(".") for metric in catalogue().values()]
    columns = {
        (schema, table, column)
        for schema, table, column in (name for name in named if len(name) == 3)
        if (PROJECT_DIR / "models" / schema / f"{table}.yml").exists()
    }
    assert len(columns) > 10
    missing = {
        (schema, table, column)
        for schema, table, column in columns
        if column not in columns_of(PROJECT_DIR / "models" / schema / f"{table}.yml")
    }
    assert missing == set()


def columns_of(properties: Path) -> set[str]:
    (model,) = yaml.safe_load(properties.read_text(encoding="utf-8"))["models"]
    return {column["name"] for column in model["columns"]}
