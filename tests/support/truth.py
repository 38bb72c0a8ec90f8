"""A published home against the truth of a simulated company's log."""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

from simulator.almanac import month_of
from simulator.company import AS_OF
from simulator.compare import (
    differences,
    published_copies,
    published_figures,
    published_totals,
    true_figures,
    without_truth,
)
from simulator.log import Log
from simulator.truth import truth_of
from simulator.truth.agents import AgentRow, Minimums, agent_rows
from tests.support.cli import REPOSITORY

# Every figure of the metrics that these marts hold has its truth, by every dimension.
KNOWN_WHOLLY = (
    "fct_backlog_day", "marts.cx_score", "marts.service_kpi", "marts.survey_quality",
    "marts.unit_benchmark",
)  # fmt: skip
Report = Callable[[str, object], None]


def compare(
    home: Path,
    log: Log,
    minimums: Minimums,
    report: Report,
    agents: Mapping[str, str] | None = None,
) -> None:
    """Every metric, every mart's totals and every agent's cell against the truth of a log.

    `agents` are the ids that a source gave the log's.
    """
    file = home / "published" / "current.duckdb"
    truth = truth_of(log, AS_OF)
    true, totals = true_figures(truth.figures), true_figures(truth.mart_totals)
    published, summed = published_figures(file), published_totals(file, totals)

    unknown = without_truth(true, published)
    report("metrics_without_a_truth", unknown)
    print("without a truth:", *unknown, sep="\n  ")
    # Of service and of what customers say every figure is known.
    assert not [name for name in unknown if name.split()[0] in metrics_of(KNOWN_WHOLLY)]
    assert len(true.keys() & published.keys()) > 60_000
    assert len(totals.keys() & summed.keys()) > 5_000
    found = [str(each) for each in differences(true, published) + differences(totals, summed)]
    copies = published_copies(file)
    told = true | totals
    known = {key: value for key, value in copies.items() if key in told}
    assert len(known) > 1_000
    found += [str(each) for each in differences({key: told[key] for key in known}, known)]
    rows = list(agent_rows(log, AS_OF, minimums))
    if agents is not None:
        rows = [row._replace(agent_id=agents.get(row.agent_id, row.agent_id)) for row in rows]
    found += agent_differences(home, rows)
    assert not found, "\n".join(found)


def metrics_of(marts: tuple[str, ...]) -> set[str]:
    """The metrics that the catalogue says these marts hold."""
    with (REPOSITORY / "seeds" / "metric_catalogue.csv").open(encoding="utf-8") as file:
        found = {row["id"] for row in csv.DictReader(file) if row["mart"].startswith(marts)}
    assert len(found) > 50
    return found


def agent_differences(home: Path, rows: list[AgentRow]) -> list[str]:
    """Cells of restricted.agent_kpi that are missing, too many or other than the truth."""
    key = bytes.fromhex((home / "pseudonym.key").read_text(encoding="ascii"))

    def pseudonym(agent_id: str) -> str:
        return hmac.new(key, agent_id.encode(), hashlib.sha256).hexdigest()

    file = home / "restricted" / "current.duckdb"
    with duckdb.connect(str(file.resolve()), read_only=True) as reader:
        cursor = reader.execute("select * from restricted.agent_kpi")
        names = [name for name, *_ in cursor.description or []]
        cells = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    published = {
        (month_of(cell["month"].year, cell["month"].month), cell["agent_key"], cell["team"],
         cell["channel"]): cell
        for cell in cells
    }  # fmt: skip
    true = {(row.month, pseudonym(row.agent_id), row.team, row.channel): row for row in rows}
    assert len(true) > 300
    found = [f"agent cell {place} is in one only" for place in published.keys() ^ true.keys()]
    measures = {name for row in rows for name in row.values}
    assert measures <= set(names)
    for place in published.keys() & true.keys():
        cell, row = published[place], true[place]
        if cell["status"] != row.status:
            found.append(f"{place} status: true {row.status}, published {cell['status']}")
        found += [
            f"{place} {name}: true {row.values.get(name)}, published {cell[name]}"
            for name in measures
            if not _same(cell[name], row.values.get(name))
        ]
    return found


def _same(published: Decimal | int | None, true: Decimal | None) -> bool:
    if published is None or true is None:
        return published is None and true is None
    return abs(Decimal(published) - true) <= Decimal("0.000001")
