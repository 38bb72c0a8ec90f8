"""Checks expectations with Great Expectations: the only module that imports it.

Importing it costs seconds, so import this module where there is something to check. Nothing
leaves the process: the context lives in memory and usage statistics are off.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import duckdb

from assets.expectations.duckdb_engine import lent
from assets.expectations.outcomes import Finding, Outcome
from assets.expectations.put_off import put_off
from assets.expectations.sql import SAMPLE_SIZE, TOTAL_COLUMN, as_one_pass, as_one_statement
from assets.expectations.suites import Expectation

# Read when the package is imported.
os.environ["GX_ANALYTICS_ENABLED"] = "false"

with put_off("altair", "scipy.stats"):
    import great_expectations as gx
from great_expectations.compatibility.pydantic import ValidationError
from great_expectations.data_context.data_context.context_factory import set_context
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.exceptions.exceptions import GreatExpectationsError
from great_expectations.expectations import expectation as base
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.registry import get_expectation_impl

# Great Expectations logs the exceptions that it also reports, values and all.
logging.getLogger("great_expectations").setLevel(logging.CRITICAL)

_ROW_CONDITIONS = (
    base.ColumnMapExpectation,
    base.ColumnPairMapExpectation,
    base.MulticolumnMapExpectation,
)
_ROWS = "unexpected_rows_query.table"
_ID = "expectation_id"


class UnsavedContext(EphemeralDataContext):
    """Great Expectations writes out its configuration for each batch, which took two fifths of
    the gates' time; this one lives as long as a gate, and nobody reads what it would have saved.
    """

    def _save_project_config(self) -> None:
        pass


class FailingRows(UnexpectedRowsExpectation):
    """Passes when its query returns no row; takes count and sample from one pass, not from two."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_ROWS,)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        rows = metrics[_ROWS]
        failing_rows_n = rows[0][TOTAL_COLUMN] if rows else 0
        return {
            "success": not rows,
            "result": {"unexpected_count": failing_rows_n, "rows": rows},
        }


class SingleValue(UnexpectedRowsExpectation):
    """Passes when the one value of its query lies within the limits, or there is none to judge."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_ROWS,)
    min_value: float | None = None
    max_value: float | None = None

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        values = [value for row in metrics[_ROWS] for value in row.values()]
        if not values:
            return {"success": True, "result": {"observed_value": None}}
        if len(values) > 1 or values[0] is None:
            raise ValueError("the query must return one value, or no row where nothing is to judge")
        is_within = _is_within(values[0], self.min_value, self.max_value)
        return {"success": is_within, "result": {"observed_value": values[0]}}


class Verdicts(UnexpectedRowsExpectation):
    """Asks many queries in one statement; what its rows say of each is judged by the checker."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_ROWS,)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        return {"success": True, "result": {"rows": metrics[_ROWS]}}


class Checker:
    """Checks batches of rows over one connection."""

    def __init__(self, datasource: Any) -> None:
        self._datasource = datasource
        self._batches_n = 0

    def check(
        self, rows: str, requests: Sequence[tuple[Expectation, str | None]], together: bool = True
    ) -> dict[str, Finding]:
        """Findings by expectation id; `rows` selects the batch, a request is (expectation, SQL).

        Strict row conditions, and `together` also queries, are first asked for their verdict alone,
        which is one statement for all of either; only those that fail are asked again for a count
        and a sample of keys.
        """
        batch = self._batch(rows)
        settled = _verdicts(batch, requests) if together else {}
        return settled | _checked_each(batch, [r for r in requests if r[0].id not in settled])

    def _batch(self, rows: str) -> Any:
        self._batches_n += 1
        asset = self._datasource.add_query_asset(f"batch_{self._batches_n}", rows)
        return asset.add_batch_definition_whole_table("rows").get_batch()


@contextmanager
def checker(connection: duckdb.DuckDBPyConnection) -> Iterator[Checker]:
    """A checker that reads through an open connection."""
    in_memory = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = UnsavedContext(DataContextConfig(store_backend_defaults=in_memory))
    set_context(context)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    with lent(connection) as engine_arguments:
        # The address only names the dialect; the engine's arguments bring the connection.
        options: dict[str, Any] = {
            "connection_string": "duckdb:///:memory:",
            "create_temp_table": False,
            "kwargs": engine_arguments,
        }
        yield Checker(context.data_sources.add_sql("warehouse", **options))


def _built(expectation: Expectation, sql: str | None) -> base.Expectation:
    """Raises ValidationError or GreatExpectationsError when the suite's arguments do not fit."""
    identity = {_ID: expectation.id}
    if sql is None:
        implementation = get_expectation_impl(expectation.kind)
        return implementation(meta=identity, **expectation.arguments)
    assert expectation.query is not None
    statement = as_one_pass(sql, expectation.query.returns)
    if expectation.query.returns == "failing_rows":
        return FailingRows(meta=identity, unexpected_rows_query=statement)
    return SingleValue(meta=identity, unexpected_rows_query=statement, **_limits(expectation))


def _checked_each(
    batch: Any, requests: Sequence[tuple[Expectation, str | None]]
) -> dict[str, Finding]:
    """Findings by expectation id, with keys of failing rows."""
    findings: dict[str, Finding] = {}
    samples = {expectation.id: expectation.sample for expectation, _ in requests}
    pending: dict[str, base.Expectation] = {}
    for expectation, sql in requests:
        try:
            pending[expectation.id] = _built(expectation, sql)
        except (ValidationError, GreatExpectationsError) as error:
            findings[expectation.id] = Finding("error", error=_without_values(str(error)))
    if not pending:
        return findings

    strict = {
        id_: each
        for id_, each in pending.items()
        if isinstance(each, _ROW_CONDITIONS) and each.mostly == 1
    }
    for id_, result in _validated(batch, strict, {"result_format": "BOOLEAN_ONLY"}).items():
        if result.success:
            findings[id_] = Finding("passed", observed="0", failing_rows_n=0)
            del pending[id_]

    by_sample: dict[tuple[str, ...], dict[str, base.Expectation]] = {}
    for id_, each in pending.items():
        by_sample.setdefault(samples[id_], {})[id_] = each
    for sample, group in by_sample.items():
        for id_, result in _validated(batch, group, _with_keys(sample)).items():
            findings[id_] = _finding(result, sample)

    # An exception spoils every expectation that was answered by the same query.
    suspects = [id_ for id_ in pending if findings[id_].outcome == "error"]
    for id_ in suspects if len(pending) > 1 else ():
        alone = _validated(batch, {id_: pending[id_]}, _with_keys(samples[id_]))
        findings[id_] = _finding(alone[id_], samples[id_])
    return findings


def _verdicts(batch: Any, requests: Sequence[tuple[Expectation, str | None]]) -> dict[str, Finding]:
    """Findings of the queries that one statement could settle: values, and no failing rows.

    None, where the statement could not be carried out; then each is asked alone.
    """
    asked = [
        (expectation, sql, expectation.query.returns)
        for expectation, sql in requests
        if sql is not None and expectation.query is not None
    ]
    if len(asked) < 2:
        return {}
    statement = as_one_statement([(sql, returns) for _, sql, returns in asked])
    together = Verdicts(meta={_ID: ""}, unexpected_rows_query=statement)
    [result] = _validated(batch, {"": together}, {"result_format": "BASIC"}).values()
    if _exceptions(result.exception_info) or len(result.result["rows"]) != len(asked):
        return {}
    findings = {}
    for row in result.result["rows"]:
        expectation, _, returns = asked[row["number"]]
        if returns == "failing_rows" and not row["fails"]:
            findings[expectation.id] = Finding("passed", observed="0", failing_rows_n=0)
        elif returns == "one_value" and (finding := _judged(expectation, row["answers"] or [])):
            findings[expectation.id] = finding
    return findings


def _judged(expectation: Expectation, answers: Sequence[str | None]) -> Finding | None:
    """What one value in words says; None where it is not one, or no number."""
    if not answers:
        return Finding("passed")
    try:
        [value] = [Decimal(answer) for answer in answers if answer is not None]
    except (ValueError, InvalidOperation):
        return None
    if len(answers) > 1 or not value.is_finite():
        return None
    is_within = _is_within(value, **_limits(expectation))
    return Finding("passed" if is_within else "failed", observed=answers[0])


def _limits(expectation: Expectation) -> dict[str, Any]:
    return {k: v for k, v in expectation.arguments.items() if k in ("min_value", "max_value")}


def _is_within(value: Any, min_value: float | None = None, max_value: float | None = None) -> bool:
    is_low = min_value is not None and value < min_value
    is_high = max_value is not None and value > max_value
    return not (is_low or is_high)


def _with_keys(sample: tuple[str, ...]) -> dict[str, Any]:
    result_format: dict[str, Any] = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": SAMPLE_SIZE,
    }
    if sample:
        result_format["unexpected_index_column_names"] = list(sample)
    return result_format


def _validated(
    batch: Any, expectations: Mapping[str, base.Expectation], result_format: dict[str, Any]
) -> dict[str, Any]:
    """Results by expectation id: Great Expectations returns them in an order of its own."""
    if not expectations:
        return {}
    suite = gx.ExpectationSuite(name="gate", expectations=list(expectations.values()))
    results = batch.validate(suite, result_format=result_format).results
    by_id = {result.expectation_config.meta[_ID]: result for result in results}
    return {id_: by_id[id_] for id_ in expectations}


def _finding(result: Any, sample: tuple[str, ...]) -> Finding:
    if messages := _exceptions(result.exception_info):
        return Finding("error", error=_without_values("; ".join(messages)))
    outcome: Outcome = "passed" if result.success else "failed"
    content = result.result
    if "unexpected_count" not in content:
        return Finding(outcome, observed=_text(content.get("observed_value")))
    return Finding(
        outcome,
        observed=str(content["unexpected_count"]),
        failing_rows_n=content["unexpected_count"],
        failing_keys=() if result.success else _keys(content, sample),
    )


def _keys(content: Mapping[str, Any], sample: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    """The sample columns of the failing rows that came back; a row may have none of them."""
    rows = content.get("rows", content.get("partial_unexpected_index_list")) or []
    keys = [{c: str(_text(row[c])) for c in sample if c in row} for row in rows[:SAMPLE_SIZE]]
    return tuple(key for key in keys if key)


def _exceptions(info: Mapping[str, Any] | None) -> list[str]:
    """Messages of what was raised: by the expectation itself, or by each metric it needed."""
    if not info:
        return []
    raised = [info] if "raised_exception" in info else list(info.values())
    return [str(each["exception_message"]) for each in raised if each["raised_exception"]]


def _without_values(message: str) -> str:
    """The gist of an exception; what DuckDB quotes with '…' may be somebody's data."""
    first = next((line for line in message.splitlines() if line.strip()), message)
    return re.sub(r"'[^']*'", "'…'", first)[:500]


def _text(value: Any) -> str | None:
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC)
    return None if value is None else str(value)
