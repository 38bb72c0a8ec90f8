"""`mittaristo explain` says what a metric means, what it comes from and what it was last."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.published import current_file
from pipelines import explain as module
from pipelines.explain import UnknownMetricError, explain, find_metric, format_value, lineage
from pipelines.settings import Home


def _model(schema: str, alias: str, raw_code: str = "") -> dict[str, str]:
    return {
        "resource_type": "model",
        "schema": schema,
        "alias": alias,
        "name": alias,
        "raw_code": raw_code,
    }


MANIFEST: dict[str, Any] = {
    "nodes": {
        "m.churn_value": _model("marts", "churn_value"),
        "m.metric_customer_base": _model("core", "metric_customer_base", "'churn_value_eur'"),
        "m.metric_price": _model("core", "metric_price", "'discount_gap_eur'"),
        "m.fct_customer_month": _model("core", "fct_customer_month"),
        "m.subscriptions": _model("canonical", "subscriptions"),
        "m.stg_files__subscriptions": _model("staging", "stg_files__subscriptions"),
        "s.metric_catalogue": {"resource_type": "seed", "schema": "meta", "alias": "metric"},
    },
    "parent_map": {
        "m.churn_value": ["m.fct_customer_month", "s.metric_catalogue"],
        "m.metric_customer_base": ["m.fct_customer_month"],
        "m.fct_customer_month": ["m.subscriptions"],
        "m.subscriptions": ["m.stg_files__subscriptions"],
    },
}


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose published file holds three months of two metrics."""
    monkeypatch.setattr(module, "manifest_json", lambda: MANIFEST)
    home = Home(tmp_path)
    home.published.mkdir()
    with duckdb.connect(str(current_file(home))) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema marts")
        connection.execute(
            """
            create table marts.metric_value as
            select
                metric_id, statistic, 'month' as period_grain, period_start::date as period_start,
                dim_name, dim_value,
                value::decimal(38, 9) as value, n, status,
                '2026-07-10 09:00:00+00'::timestamptz as as_of
            from (values
                ('churn_value_eur', 'value', '2026-05-01', 'all', 'all', 599.995, 1, 'ok'),
                ('churn_value_eur', 'value', '2026-05-01', 'segment', 'small', 77, 1, 'ok'),
                ('churn_value_eur', 'value', '2026-04-01', 'all', 'all', 1440, 1, 'ok'),
                ('churn_value_eur', 'value', '2026-06-01', 'all', 'all', null, null, 'immature'),
                ('frt_s', 'mean_business', '2026-06-01', 'all', 'all', 900, 2, 'low_n'),
                ('frt_s', 'median_business', '2026-06-01', 'all', 'all', 600, 2, 'low_n'),
                ('crr', 'value', '2026-06-01', 'all', 'all', null, 0, 'no_data'),
                ('cohort_grr', 'value', '2026-07-01', 'all', 'all', null, null, 'not_applicable'),
                ('cohort_grr', 'value', '2026-06-01', 'month_index', '10', 0.5, 40, 'ok'),
                ('cohort_grr', 'value', '2026-06-01', 'month_index', '9', 0.75, 40, 'ok')
            ) as t (metric_id, statistic, period_start, dim_name, dim_value, value, n, status)
            """
        )
    return home


def test_the_page_holds_both_languages_the_formula_and_the_lineage(published: Home) -> None:
    page = explain("churn_value_eur", published)
    assert "Poistuneiden asiakkaiden arvo / Churn value" in page
    assert "kerrottuna kahdellatoista" in page
    assert "Twelve times the opening MRR" in page
    assert "12*churned_mrr_eur" in page
    assert "EUR/year, less is better" in page
    assert "marts: churn_value" in page
    assert "core: fct_customer_month, metric_customer_base" in page
    assert "canonical: subscriptions" in page


def test_the_last_value_is_that_of_the_last_month_with_one(published: Home) -> None:
    page = explain("churn_value_eur", published)
    assert "2026-05: 600.00 EUR/year (ok, n 1)" in page
    assert "as of 2026-07-10 09:00 UTC" in page
    assert "1 440" not in page
    assert "77" not in page


def test_every_statistic_of_a_duration_is_shown(published: Home) -> None:
    page = explain("frt_s", published)
    assert "2026-06: mean_business 900 s (low_n, n 2)" in page
    assert "2026-06: median_business 600 s (low_n, n 2)" in page


def test_a_metric_without_any_value_shows_why(published: Home) -> None:
    assert "2026-06: none (no_data, n 0)" in explain("crr", published)


def test_a_metric_without_a_company_row_shows_the_dimension_it_has(published: Home) -> None:
    page = explain("cohort_grr", published)
    ninth, tenth = page.index("2026-06: month_index 9: 75.00 %"), page.index("month_index 10: 50")
    assert ninth < tenth


def test_a_metric_that_no_model_computes_says_so(published: Home) -> None:
    page = explain("nps", published)
    assert "none yet: the metric is defined, but not computed" in page
    assert "holds no row of it" in page


def test_before_the_first_run_the_next_step_is_named(tmp_path: Path) -> None:
    page = explain("mrr_eur", Home(tmp_path / "nowhere"))
    assert "nothing has been published" in page
    assert "mittaristo run" in page


def test_lineage_stops_at_canonical_and_leaves_other_families_out() -> None:
    assert lineage(MANIFEST, find_metric("churn_value_eur")) == {
        "marts": ["churn_value"],
        "core": ["fct_customer_month", "metric_customer_base"],
        "canonical": ["subscriptions"],
    }


@pytest.mark.parametrize(
    ("asked", "suggested"),
    [
        ("churn_value_eu", "did you mean churn_value_eur"),
        ("Asiakaspoistuma", "did you mean churn_rate"),
        ("qqqq", "no id comes near it"),
    ],
)
def test_an_unknown_metric_names_the_nearest(asked: str, suggested: str) -> None:
    with pytest.raises(UnknownMetricError, match=suggested):
        find_metric(asked)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("1234.565", "EUR", "1 234.57 EUR"),
        ("-1234.565", "EUR", "-1 234.57 EUR"),
        ("0.125", "fraction", "12.50 %"),
        ("3600", "s", "3 600 s"),
        ("17.5", "s", "17.50 s"),
    ],
)
def test_values_are_rounded_once_half_away_from_zero(value: str, unit: str, shown: str) -> None:
    assert format_value(Decimal(value), unit) == shown
