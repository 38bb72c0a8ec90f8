"""What the gates see of a broken warehouse, and that they let a sound one pass.

A few defects and companies in each test run, all of them in `make soak`, which also asks how many
are caught. MITTARISTO_DEFECT_TABLE names a file for the table of what caught what,
MITTARISTO_CLEAN_SEEDS says how many sound companies are tried.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple

import duckdb
import pytest

from pipelines.row_account import account
from pipelines.settings import Home
from pipelines.warehouse import connect
from simulator.compare import Figures, figures_in
from simulator.generate import Wanted
from tests.support.defects import Defect, every_defect
from tests.support.gates import GATES, RUN, BuiltCompany, CompanyBuilder, ask

CUSTOMERS, SEED = 100, 6
CLEAN_SEEDS = int(os.environ.get("MITTARISTO_CLEAN_SEEDS", "200"))
DEFECTS = list(every_defect())
IN_EVERY_RUN = DEFECTS[:: len(DEFECTS) // 20][:20]
UNSEEN = Decimal("0.005")


class Sound(NamedTuple):
    """A company without a defect: what its gates observe all the same, and what it publishes."""

    company: BuiltCompany
    observed: Mapping[str, str | None]
    figures: Figures


class Detection(NamedTuple):
    """Where a defect was met first, by what, and what it would have done to a figure."""

    defect: Defect
    caught_by: str | None
    is_blocked: bool
    changed: Decimal

    def __str__(self) -> str:
        outcome = "blocked" if self.is_blocked else "warned" if self.caught_by else "**missed**"
        changed = "" if self.is_blocked else f"{100 * self.changed:.1f} %"
        defect = self.defect
        caught_by = f"`{self.caught_by}`" if self.caught_by else ""
        cells = (defect.gate, f"`{defect.table}`", defect.kind, outcome, caught_by, changed)
        return f"| {' | '.join(cells)} |"


@pytest.fixture(scope="module")
def companies(warehouse_template: Home) -> CompanyBuilder:
    return CompanyBuilder(warehouse_template)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """For a company that nobody needs afterwards: two hundred would fill a disk."""
    yield tmp_path / "company"
    rmtree(tmp_path / "company")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, companies: CompanyBuilder) -> Sound:
    folder = tmp_path_factory.mktemp("sound")
    company = companies.build(folder, Wanted(CUSTOMERS, SEED))
    # Built anew once, as each defect's layers are: a replay leaves out what hooks add to a table.
    with company.copy(folder / "copy") as connection:
        observed = {}
        for gate in GATES:
            if gate != "raw":
                company.rebuild(connection, gate)
            for outcome in ask(connection, gate):
                if outcome.outcome != "passed":
                    observed[outcome.address] = outcome.finding.observed
        return Sound(company, observed, company_figures(connection))


def company_figures(connection: duckdb.DuckDBPyConnection) -> Figures:
    """The figures of the whole company, as a board reads them."""
    return {
        key: value
        for key, value in figures_in(connection).items()
        if key[3] in ("all", "measurement_level")
    }


def largest_change(before: Figures, after: Figures) -> Decimal:
    """The largest relative change of a figure; one that comes or goes has changed wholly."""
    changes = [Decimal(0)]
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old != new:
            known = old is not None and new is not None and old != 0
            changes.append(abs(new - old) / abs(old) if known else Decimal(1))  # type: ignore[operator, arg-type]
    return max(changes)


def page(table: Sequence[Detection]) -> str:
    """docs/defects.md."""
    blocked_n = sum(found.is_blocked for found in table)
    missed_n = sum(found.caught_by is None for found in table)
    return "".join(
        (
            "# What the gates catch\n\n",
            "Written by `make defects`, which breaks a sound company of 100 customers in every way "
            "of\n`tests/support/defects.py`, each time in one place, and builds on from there "
            "through every gate.\n*Changed* is the largest change of a figure of the whole company "
            "where nothing blocked.\n\n",
            f"{len(table)} defects: {blocked_n} blocked, {len(table) - blocked_n - missed_n} "
            f"warned, {missed_n} missed.\n\n",
            "| stage | table | defect | outcome | first caught by | changed |\n",
            "|---|---|---|---|---|---|\n",
            *(f"{found}\n" for found in table),
        )
    )


def is_unseen(found: Detection) -> bool:
    """Whether wrong figures would have gone out."""
    return not found.is_blocked and found.changed > UNSEEN


def detect(sound: Sound, defect: Defect, folder: Path) -> Detection:
    """Break a copy, go on from the stage that broke, and ask every gate on the way."""
    first = None
    with sound.company.copy(folder) as connection:
        connection.execute(defect.sql)
        for gate in GATES[GATES.index(defect.gate) :]:
            if gate != defect.gate:
                sound.company.rebuild(connection, gate)
            elif gate == "core":
                sound.company.rebuild(connection, gate, after=defect.table)
            elif gate == "canonical":
                # Rows are counted after canonical is built, by whatever join it was spoiled.
                account(connection, RUN)
            found = [
                outcome
                for outcome in ask(connection, gate)
                if outcome.outcome != "passed"
                and sound.observed.get(outcome.address, "") != outcome.finding.observed
            ]
            blocking = [o.address for o in found if o.blocks or o.outcome == "error"]
            if blocking:
                return Detection(defect, blocking[0], True, Decimal(0))
            first = first or next((outcome.address for outcome in found), None)
        changed = largest_change(sound.figures, company_figures(connection))
    return Detection(defect, first, False, changed)


def test_every_defect_can_be_done(sound: Sound, tmp_path: Path) -> None:
    """Most are done in `make soak` alone, and a table that became a view would be found late."""
    with sound.company.copy(tmp_path / "copy") as connection:
        stored = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        assert {defect.table for defect in DEFECTS} <= {table for (table,) in stored}
        for defect in DEFECTS:
            connection.execute("begin")
            connection.execute(defect.sql)
            connection.execute("rollback")


@pytest.mark.parametrize("defect", IN_EVERY_RUN, ids=lambda defect: defect.name)
def test_a_defect_is_caught(sound: Sound, defect: Defect, tmp_path: Path) -> None:
    found = detect(sound, defect, tmp_path)
    assert found.caught_by is not None
    assert not is_unseen(found)


@pytest.mark.soak
def test_nearly_every_defect_is_caught_and_none_that_moves_a_figure_gets_by(
    sound: Sound, tmp_path: Path
) -> None:
    assert len(DEFECTS) >= 120
    table = [detect(sound, defect, tmp_path / str(number)) for number, defect in enumerate(DEFECTS)]
    if file := os.environ.get("MITTARISTO_DEFECT_TABLE"):
        Path(file).write_text(page(table), encoding="utf-8")
    missed = [str(row) for row in table if row.caught_by is None]
    unseen = [str(row) for row in table if is_unseen(row)]
    assert not unseen, "\n".join(unseen)
    assert len(missed) <= len(table) * 0.05, "\n".join(missed)


def sound_company(seed: int) -> Wanted:
    """Small or larger, carefully or carelessly written, in either form, delivered once or twice."""
    return Wanted(
        60 + seed * 17 % 90,
        seed,
        is_messy=seed % 3 == 0,
        form="parquet" if seed % 4 == 0 else "csv",
        is_restated=seed % 5 == 0,
    )


def alarms(company: BuiltCompany) -> list[str]:
    """What stops a run with these data, of all that its gates look at."""
    with connect(company.home) as connection:
        outcomes = [outcome for gate in GATES for outcome in ask(connection, gate)]
    assert len(outcomes) > 800
    return [
        f"{o.address}: {o.finding.observed} {o.finding.error or ''}"
        for o in outcomes
        if o.blocks or o.outcome == "error"
    ]


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=[pytest.mark.soak] if seed > 1 else [])
        for seed in range(1, CLEAN_SEEDS + 1)
    ],
)
def test_no_sound_company_is_blocked(seed: int, companies: CompanyBuilder, folder: Path) -> None:
    assert alarms(companies.build(folder, sound_company(seed))) == []


@pytest.mark.soak
def test_a_replayed_build_is_that_of_dbt(warehouse_template: Home, tmp_path: Path) -> None:
    """Companies are built from what dbt did for another, which is worth what this says."""
    wanted = Wanted(60, 3, is_messy=True)
    built = CompanyBuilder(warehouse_template).build(tmp_path / "built", wanted)
    companies = CompanyBuilder(warehouse_template)
    companies.build(tmp_path / "recorded", Wanted(60, 5))
    replayed = companies.build(tmp_path / "replayed", wanted)
    assert companies.recordings_n == 1
    assert len(contents(built)) > 250
    assert contents(replayed) == contents(built)


def contents(company: BuiltCompany) -> dict[str, tuple[int, int | None]]:
    """Number and hash of the rows of every table that models fill."""
    with connect(company.home) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('quarantine', 'canonical', 'core', 'marts', 'restricted')"
        ).fetchall()
        return {
            table: connection.execute(
                f"select count(*), sum(cast(hash(stored) as hugeint)) from {table} as stored"
            ).fetchall()[0]
            for (table,) in tables
        }


# When a row happened, by entity: what a month without deliveries has none of.
HAPPENED = {
    "activity_events": "occurred_at",
    "agent_time": "day",
    "contacts": "started_at",
    "costs": "month",
    "encounters": "occurred_at",
    "invoices": "issued_on",
    "messages": "sent_at",
    "orders": "ordered_at",
    "qa_reviews": "reviewed_at",
    "survey_invitations": "sent_at",
    "survey_responses": "submitted_at",
    "ticket_events": "occurred_at",
    "tickets": "created_at",
}
SILENT = {"invoices": {"invoices"}, "service": HAPPENED.keys() - {"invoices"}}
GAPS: Mapping[str, Callable[[str], bool]] = {
    "every third month": lambda day: int(day[5:7]) % 3 == 1,
    "a spring": lambda day: "03" <= day[5:7] <= "06",
    "all but one year": lambda day: not day.startswith("2024"),
    "the last year": lambda day: day >= "2025-07",
}


def leave_out(inbox: Path, is_in_gap: Callable[[str], bool], entities: Set[str]) -> None:
    """Rows of these entities that happened in the gap were never written."""
    for entity in entities:
        file = inbox / f"{entity}.csv"
        with file.open(encoding="utf-8", newline="") as source:
            reader = csv.DictReader(source)
            rows = [row for row in reader if not is_in_gap(row[HAPPENED[entity]])]
        if not rows:
            file.unlink()
            continue
        with file.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, reader.fieldnames or [])
            writer.writeheader()
            writer.writerows(rows)


@pytest.mark.parametrize(
    ("gap", "silent"),
    [
        pytest.param(
            gap,
            silent,
            marks=[] if (gap, silent) == ("every third month", "service") else [pytest.mark.soak],
        )
        for gap in GAPS
        for silent in SILENT
    ],
)
def test_months_without_rows_do_not_block(
    gap: str, silent: str, companies: CompanyBuilder, folder: Path
) -> None:
    """Billing that begins later than the credits, a helpdesk that was closed for a season."""

    def change(inbox: Path) -> None:
        leave_out(inbox, GAPS[gap], SILENT[silent])

    company = companies.build(folder, Wanted(60, 3), change)
    with connect(company.home) as connection:
        outcomes = [outcome for gate in GATES for outcome in ask(connection, gate)]
    assert len(outcomes) > 800
    # What happened in a gap took with it what refers to it: so much without its other half blocks.
    left_over = ("quarantined_share_", "unknown_share_of_a_month_")
    found = {
        outcome.address: outcome.finding.failing_keys
        for outcome in outcomes
        if (outcome.blocks or outcome.outcome == "error")
        and not outcome.expectation.name.startswith(left_over)
    }
    assert found == {}
