"""Writes out the queries of suites: placeholders filled, and as the statements that ask them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


# GX puts the rows under test where {batch} stands, and reads any other brace as a placeholder too.
_HEAD = "with batch as not materialized (select * from {batch})"


def as_one_pass(sql: str, returns: str) -> str:
    """The statement that asks one query; each failing row of the sample knows how many there are,
    so one pass gives both.
    """
    if returns == "one_value":
        return f"{_HEAD} select * from ({_escaped(sql)}) as answer limit 2"
    return (
        f"{_HEAD} select *, count(*) over () as {TOTAL_COLUMN} "
        f"from ({_escaped(sql)}) as failing limit {SAMPLE_SIZE}"
    )


def as_one_statement(queries: Sequence[tuple[str, str]]) -> str:
    """One statement for the verdicts of many queries, given as (sql, what it returns).

    A row per query: its number, whether any row fails, and up to two values as text.
    """
    return f"{_HEAD} " + " union all ".join(
        f"select {number} as number, {_verdict(_escaped(sql), returns)}"
        for number, (sql, returns) in enumerate(queries)
    )


def _verdict(sql: str, returns: str) -> str:
    if returns == "one_value":
        answers = f"select * from ({sql}) as answer limit 2"
        values = f"select list(cast(answer as varchar)) from ({answers}) as answers (answer)"
        return f"false as fails, ({values}) as answers"
    return f"exists (select 1 from ({sql}) as failing) as fails, null as answers"


def _escaped(sql: str) -> str:
    return sql.strip().rstrip(";").replace("{", "{{").replace("}", "}}")
