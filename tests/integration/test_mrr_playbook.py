"""A published table of subscription periods, and the movements everybody gets from it.

The table is not part of the project: it is looked for under MITTARISTO_SHARED (a folder that holds
data/mrr_playbook_subscription_periods.csv), else beside the repository.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.cli import REPOSITORY, run_cli

SHARED = Path(os.environ.get("MITTARISTO_SHARED", REPOSITORY.parent / "shared"))
PERIODS = SHARED / "data" / "mrr_playbook_subscription_periods.csv"

Period = dict[str, str]


def customers_subscription(period: Period) -> str:
    """The periods of a customer are items of one subscription."""
    return f"s-{period['customer_id']}"


def own_subscription(period: Period) -> str:
    """Every period is a subscription."""
    return f"s-{period['subscription_id']}"


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _midnight(day: str) -> str:
    """The periods' ends are exclusive: instants, as a date alone would be the last day."""
    return f"{day}T00:00:00" if day else ""


def write_contract(inbox: Path, subscription_of: Callable[[Period], str]) -> None:
    """The periods as subscriptions.csv and subscription_items.csv."""
    with PERIODS.open(encoding="utf-8") as file:
        periods = list(csv.DictReader(file))
    of_subscription: dict[str, list[Period]] = {}
    for period in periods:
        of_subscription.setdefault(subscription_of(period), []).append(period)
    subscriptions = []
    for name, mine in of_subscription.items():
        ends = [period["end_date"] for period in mine]
        subscriptions.append(
            {
                "subscription_id": name,
                "customer_id": mine[0]["customer_id"],
                "status": "active",
                "started_at": _midnight(min(period["start_date"] for period in mine)),
                "ended_at": _midnight(max(ends)) if all(ends) else "",
                "currency": "EUR",
            }
        )
    items = [
        {
            "item_id": f"i-{period['subscription_id']}",
            "subscription_id": subscription_of(period),
            "valid_from": _midnight(period["start_date"]),
            "valid_to": _midnight(period["end_date"]),
            "quantity": "1",
            "unit_price": period["monthly_amount"],
            "currency": "EUR",
            "interval_unit": "month",
            "interval_count": "1",
        }
        for period in periods
    ]
    inbox.mkdir()
    _write(inbox / "subscriptions.csv", subscriptions)
    _write(inbox / "subscription_items.csv", items)


@pytest.mark.skipif(not PERIODS.exists(), reason=f"no {PERIODS.name}; set MITTARISTO_SHARED")
@pytest.mark.parametrize("subscription_of", [customers_subscription, own_subscription])
def test_movements_of_the_playbook(
    tmp_path: Path, subscription_of: Callable[[Period], str]
) -> None:
    write_contract(tmp_path / "inbox", subscription_of)
    home = tmp_path / "home"
    done = run_cli(home, "--inbox", tmp_path / "inbox", "--as-of", "2020-12-31", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr

    with duckdb.connect(str(home / "published" / "current.duckdb"), read_only=True) as reader:
        totals = dict(
            reader.execute(
                "select metric_id, sum(value) from marts.metric_value "
                "where dim_name = 'all' and period_grain = 'month' group by metric_id"
            ).fetchall()
        )
        closings = reader.execute(
            "select period_start, metric_id, value from marts.metric_value "
            "where dim_name = 'all' and metric_id in ('mrr_eur', 'customers_closing') "
            "and period_start in ('2019-06-01', '2019-12-01') order by 1, 2"
        ).fetchall()
        earliest = reader.execute("select min(month) from marts.mrr_movement").fetchone()
    expected = {
        "customers_new": 55,
        "mrr_new": 2295,
        "churned_customers": 58,
        "mrr_churn": 2550,
        "churned_mrr_eur": 2550,
        "customers_reactivated": 3,
        "mrr_reactivation": 150,
        "customers_expanded": 30,
        "mrr_expansion": 660,
        "customers_contracted": 27,
        "mrr_contraction": 555,
    }
    assert {metric: totals[metric] for metric in expected} == expected
    assert closings == [
        (date(2019, 6, 1), "customers_closing", 22),
        (date(2019, 6, 1), "mrr_eur", 1135),
        (date(2019, 12, 1), "customers_closing", 28),
        (date(2019, 12, 1), "mrr_eur", 1255),
    ]
    assert earliest == (date(2017, 9, 1),)
