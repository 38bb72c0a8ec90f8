"""Writes out the queries of suites: placeholders filled, failing rows counted in the same pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from assets.expectations.scope import GateRun
from assets.expectations.suites import Expectation, Suite, SuiteError

SAMPLE_SIZE = 5

# Rows of a failing_rows query carry their total under this name.
TOTAL_COLUMN = "failing_rows_n"

# {64} in a regular expression is no placeholder.
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def written_out(suite: Suite, expectation: Expectation, run: GateRun) -> str:
    """The query with every placeholder filled; rows under test are called `batch`.

    Raises SuiteError for a placeholder that nothing fills.
    """
    assert expectation.query is not None
    values = {
        "batch": "batch",
        "table": suite.table,
        "name": suite.name,
        "run_id": "'" + run.run_id.replace("'", "''") + "'",
        "deliveries": run.deliveries,
    } | {key: _sql(value) for key, value in expectation.arguments.items()}
    return _PLACEHOLDER.sub(lambda match: _value(values, match[1]), expectation.query.sql)


def _value(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise SuiteError(f"nothing fills the placeholder {{{name}}} of the query")
    return values[name]


def _sql(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def as_one_pass(sql: str, returns: str) -> str:
    """The statement Great Expectations runs; it puts the rows under test where `{batch}` stands.

    Each failing row of the sample knows how many there are, so one pass gives both.
    """
    # Great Expectations reads any other brace as a placeholder of its own.
    escaped = sql.strip().rstrip(";").replace("{", "{{").replace("}", "}}")
    head = "with batch as not materialized (select * from {batch})"
    if returns == "one_value":
        return f"{head} select * from ({escaped}) as answer limit 2"
    return (
        f"{head} select *, count(*) over () as {TOTAL_COLUMN} "
        f"from ({escaped}) as failing limit {SAMPLE_SIZE}"
    )
