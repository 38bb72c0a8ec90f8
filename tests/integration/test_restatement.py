"""A change that arrives late restates the past, and readers of the published file see it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.support.cli import query, run_cli
from tests.support.company import FILES, write_company

RESTATED = """
    select month, before, after, is_frozen from meta.restatement
    where metric = 'mrr_eur' and dim_name = 'all' and cause = 'data' order by month
"""
LEDGER = """
    select month, frozen_value, restated_value from meta.ledger
    where metric_id = 'mrr_eur' and dim_name = 'all' order by month
"""
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def test_a_backdated_price_shows_with_before_and_after(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write_company(inbox)
    home = tmp_path / "home"
    arguments = ("--inbox", inbox, "--as-of", "2026-04-05T00:00:00Z", "--quiet")
    assert run_cli(home, *arguments).returncode == 0
    assert query(home, RESTATED) == []

    # a paid 80 and not 100, as it turns out in April.
    (inbox / "subscription_items.csv").write_text(
        FILES["subscription_items.csv"].replace(
            "i-a,s-a,2026-01-01,,1,100.00", "i-a,s-a,2026-01-01,,1,80.00"
        ),
        encoding="utf-8",
    )
    assert run_cli(home, *arguments).returncode == 0
    assert query(home, RESTATED) == [
        (JANUARY, Decimal(200), Decimal(180), True),
        (FEBRUARY, Decimal(200), Decimal(180), True),
        # March had not frozen on 5 April.
        (MARCH, Decimal(200), Decimal(180), False),
    ]
    assert query(home, LEDGER) == [
        (JANUARY, Decimal(200), Decimal(180)),
        (FEBRUARY, Decimal(200), Decimal(180)),
    ]
