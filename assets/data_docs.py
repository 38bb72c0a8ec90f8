"""Data Docs: a page per checked table, in plain HTML that opens from the disk.

Made from meta.expectation_result and nothing else, so it shows no more of a row than what is
published. A run writes the pages of the tables that it validated, and the index. Why it is not
Great Expectations that draws them: docs/decisions/gates.md.
"""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as it stands.

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from pathlib import Path

import dagster as dg
import duckdb

from assets.dbt_models import WRITER_POOL
from pipelines.resources import Warehouse

KEY = dg.AssetKey(["data_docs", "index"])
GATES = ("raw", "canonical", "core", "marts", "published")
# So many runs back a page shows what was observed.
RUNS_SHOWN = 10

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;"
    "color:#1b1b1b;background:#fff;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd}"
    "small{color:#555}.passed{color:#17602f}.warned{color:#8a5a00}"
    ".failed,.error{color:#a11616;font-weight:600}"
    # On a phone a row is a block, and each of its cells says what it is.
    "@media(max-width:45rem){table,tbody,tr,td{display:block}tr:has(th){display:none}"
    "tr{border-bottom:1px solid #ddd;padding:.4rem 0}td{border:0;padding:.05rem 0}"
    "td:empty{display:none}"
    "td::before{content:attr(data-name) ' ';color:#555;font-size:13px}}"
)
_KINDS = ("passed", "warned", "failed", "error")


@dataclass(frozen=True)
class Result:
    """One row of meta.expectation_result."""

    gate: str
    table: str
    expectation: str
    column: str | None
    severity: str
    outcome: str
    observed: str | None
    expected: str | None
    protects: str | None
    owner: str | None
    error: str | None
    run_id: str
    checked_at: datetime

    @property
    def says(self) -> str:
        return "warned" if (self.outcome, self.severity) == ("failed", "warn") else self.outcome


def write_docs(connection: duckdb.DuckDBPyConnection, folder: Path, run_id: str) -> int:
    """Write the pages of the tables that this run validated, and the index; returns how many.

    A table whose page is missing gets one as well.
    """
    latest = _results(
        connection,
        "qualify rank() over (partition by table_name order by checked_at desc, run_id) = 1",
    )
    pages = {table: list(results) for table, results in groupby(latest, lambda r: r.table)}
    due = {
        table
        for table, results in pages.items()
        if results[0].run_id == run_id or not _page(folder, table).exists()
    }
    history = _results(
        connection,
        "qualify dense_rank() over (partition by table_name order by checked_at desc, run_id) "
        f"between 2 and {RUNS_SHOWN}",
    )
    earlier: dict[str, list[Result]] = {table: [] for table in due}
    for result in history:
        if result.table in due:
            earlier[result.table].append(result)
    for table in sorted(due):
        page = _page(folder, table)
        page.parent.mkdir(parents=True, exist_ok=True)
        _replace(page, _table_page(pages[table], earlier[table]))
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / "index.html", _index_page(pages))
    return len(due)


def _results(connection: duckdb.DuckDBPyConnection, which: str) -> list[Result]:
    rows = connection.execute(
        "select gate, table_name, expectation, column_name, severity, outcome, observed_value, "
        "expected, protects, owner, error, run_id, checked_at from meta.expectation_result "
        f"{which} order by table_name, expectation, column_name nulls first, checked_at desc"
    ).fetchall()
    return [Result(*row) for row in rows]


def _page(folder: Path, table: str) -> Path:
    schema, name = table.split(".", 1)
    return folder / schema / f"{name}.html"


def _replace(page: Path, text: str) -> None:
    """A reader has the old page or the new one."""
    new = page.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(page)


def _html(title: str, body: Iterable[str]) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>" + "".join(body) + "</body></html>\n"
    )


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "<table><tr>" + "".join(f"<th>{name}</th>" for name in names) + "</tr>"
    for cells in rows:
        named = zip(names, cells, strict=True)
        yield "<tr>" + "".join(f'<td data-name="{n}">{cell}</td>' for n, cell in named) + "</tr>"
    yield "</table>"


def _outcome(result: Result) -> str:
    return f'<span class="{result.says}">{result.says}</span>'


def _name(result: Result) -> str:
    name = result.expectation + (f" of {result.column}" if result.column else "")
    return f"{escape(name)}<br><small>{escape(result.protects or '')}</small>"


def _link(table: str) -> str:
    return f'<a href="{escape(table.replace(".", "/"))}.html">{escape(table)}</a>'


def _table_page(results: Sequence[Result], earlier: Sequence[Result]) -> str:
    first = results[0]
    before: dict[tuple[str, str | None], list[Result]] = {}
    for result in earlier:
        before.setdefault((result.expectation, result.column), []).append(result)
    head = (
        f'<p><a href="../index.html">all tables</a> · gate {escape(first.gate)} · owner '
        f"{escape(first.owner or '')} · checked {first.checked_at:%Y-%m-%d %H:%M} UTC in run "
        f"{escape(first.run_id[:8])} · suite expectations/"
        f"{escape(first.table.replace('.', '/'))}.yml</p>"
    )
    rows = (
        (
            f"{_outcome(result)}<br><small>{escape(result.severity)}</small>",
            _name(result),
            escape(result.error or result.observed or ""),
            f"<small>{escape(result.expected or '')}</small>",
            "<br>".join(
                f"<small>{each.checked_at:%m-%d} {_outcome(each)} "
                f"{escape(each.observed or '')}</small>"
                for each in before.get((result.expectation, result.column), [])
            ),
        )
        for result in results
    )
    names = ("outcome", "expectation", "observed", "expected", "earlier, newest first")
    return _html(first.table, (head, *_table(names, rows)))


def _index_page(pages: Mapping[str, Sequence[Result]]) -> str:
    """What is not as expected comes first; then every table."""
    results = [result for found in pages.values() for result in found]
    unexpected = sorted(
        (result for result in results if result.says != "passed"),
        key=lambda result: -_KINDS.index(result.says),
    )

    def lines() -> Iterator[str]:
        yield f"<p>{len(pages)} tables: {_counts(results)}</p>"
        if unexpected:
            yield "<h2>Not as expected</h2>"
            yield from _table(
                ("outcome", "table", "expectation", "observed"),
                (
                    (
                        _outcome(result),
                        _link(result.table),
                        _name(result),
                        escape(result.error or result.observed or ""),
                    )
                    for result in unexpected
                ),
            )
        for gate in GATES:
            tables = {table: found for table, found in pages.items() if found[0].gate == gate}
            if tables:
                yield f"<h2>Gate {gate}</h2>"
                yield from _table(
                    ("table", "owner", "checked", "outcomes"),
                    (
                        (
                            _link(table),
                            escape(found[0].owner or ""),
                            f"{found[0].checked_at:%Y-%m-%d %H:%M}",
                            _counts(found),
                        )
                        for table, found in tables.items()
                    ),
                )

    return _html("What was checked", lines())


def _counts(results: Sequence[Result]) -> str:
    said = [result.says for result in results]
    return " · ".join(
        f'<span class="{kind}">{said.count(kind):,} {kind}</span>'
        for kind in _KINDS
        if said.count(kind)
    )


def data_docs_asset(upstream: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The pages as an asset that follows publishing; a run that stops writes them as it stops."""

    @dg.multi_asset(
        name="data_docs",
        specs=[
            dg.AssetSpec(
                key=KEY,
                deps=list(upstream),
                group_name="publish",
                description="A page per checked table, in data_docs/ of the home.",
                owners=["data-engineering@example.com"],
                kinds={"html"},
                skippable=True,
            )
        ],
        pool=WRITER_POOL,
    )
    def data_docs(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        with warehouse.connect() as connection, warehouse.progress.step("write data docs"):
            written = write_docs(connection, warehouse.home.data_docs, context.run_id)
        yield dg.MaterializeResult(metadata={"pages": written})

    return data_docs
