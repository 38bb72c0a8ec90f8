"""Two deliveries of one company: what each holds, and that the first one's figures are others."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from simulator.generate import Wanted, simulate, write_company
from simulator.log import Log, entities
from simulator.restate import restate

CUSTOMERS, SEED = 200, 4


@pytest.fixture(scope="module")
def log() -> Log:
    return simulate(CUSTOMERS, SEED)


def test_both_deliveries_together_are_the_company(log: Log) -> None:
    found = restate(log, SEED)
    assert sum(found.replaced_n.values()) >= 40
    for entity in entities():
        whole, first = getattr(log, entity), getattr(found.first, entity)
        later = found.later.get(entity, [])
        assert len(first) + len(later) == len(whole) + found.replaced_n.get(entity, 0), entity
        # Only the clock of a correction is its own.
        plain = [row._replace(updated_at=None) if "updated_at" in row._fields else row
                 for row in later]  # fmt: skip
        known = Counter(
            row._replace(updated_at=None) if "updated_at" in row._fields else row for row in whole
        )
        assert Counter(plain) <= known, entity


def test_what_is_held_back_leaves_no_reference_behind(log: Log) -> None:
    first = restate(log, SEED).first
    invoices = {row.invoice_id for row in first.invoices}
    tickets = {row.ticket_id for row in first.tickets}
    responses = {row.response_id for row in first.survey_responses}
    assert {row.invoice_id for row in first.invoice_lines} <= invoices
    assert {row.ticket_id for row in first.messages} <= tickets
    assert {row.ticket_id for row in first.ticket_events} <= tickets
    assert {row.response_id for row in first.followups} <= responses


def test_the_later_delivery_changes_figures_and_says_which(tmp_path: Path) -> None:
    write_company(tmp_path, Wanted(CUSTOMERS, SEED, is_messy=True, is_restated=True))
    with (tmp_path / "truth" / "restated.csv").open(encoding="utf-8") as file:
        restated = list(csv.DictReader(file))
    assert {"mrr_eur", "discount_gap_eur", "frt_s", "asa_s"} <= {
        row["metric_id"] for row in restated
    }
    assert (tmp_path / "inbox-later" / "invoices.csv").exists()
    assert (tmp_path / "truth" / "before" / "metric_value.csv").exists()
