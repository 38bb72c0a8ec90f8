"""The demo company, figure by figure, against what demo/README.md works out by hand.

The files of demo/expected were written from the specification, never from a run. A blank cell
means NULL. `restricted.agent_kpi` is compared without its agents: their keys differ by home.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import REPOSITORY, query

EXPECTED = REPOSITORY / "demo" / "expected"
TOLERANCE = Decimal("0.000001")

# How each table is read where the file states it coarser, or for fewer rows, than the table.
QUERIES = {
    "marts.mrr_movement": """
        select
            month, sum(opening_mrr_eur), sum(new_eur), sum(expansion_eur), sum(contraction_eur),
            sum(churn_eur), sum(reactivation_eur), sum(fx_eur), sum(closing_mrr_eur)
        from marts.mrr_movement
        where month < '2026-07-01'
        group by month
    """,
    "marts.churn_value": """
        select
            month, churn_type, service, segment, plan, sum(churned_n), sum(churned_mrr_eur),
            sum(churn_value_eur), sum(churn_value_ltm_eur)
        from marts.churn_value
        where service = 'app' and churned_n > 0
        group by all
    """,
    "marts.cohort_retention": """
        select
            basis, cohort_month, month_index, n0, base_eur, n_i, eur_i, capped_eur_i, logo_rate,
            nrr, grr, status
        from marts.cohort_retention
        where
            dim_name = 'all' and is_mature
            and (basis, cohort_month) in (('mrr', '2025-12-01'), ('orders', '2026-01-01'))
    """,
    "marts.discount_gap": """
        select
            month, discount_type,
            case when discount_type = 'total' then sum(target_eur) end,
            case when discount_type = 'total' then sum(realised_eur) end,
            sum(gap_eur),
            case when discount_type = 'total' then sum(discount_only_eur) end,
            case when discount_type = 'total' then sum(overprice_eur) end
        from marts.discount_gap
        group by month, discount_type
    """,
    "marts.price_waterfall": """
        select month, step, sum(amount_eur), sum(cumulative_eur)
        from marts.price_waterfall
        group by month, step
    """,
    "marts.metric_value": """
        select
            metric_id || case when period_grain = 'month' then '' else ' ' || period_grain end,
            statistic, period_start, dim_name, dim_value, value
        from marts.metric_value
        where dim_name in ('all', 'component', 'tenure_month')
    """,
    "restricted.agent_kpi": """
        select
            month, team, channel, coalesce(contacts_n, 0), coalesce(answered_n, 0),
            coalesce(resolved_n, 0), coalesce(solved_n, 0), asa_s, aht_s, frt_median_s,
            frt_mean_s, art_median_s, art_mean_s, fcr_rate, reopen_rate, one_touch_rate
        from restricted.agent_kpi
    """,
    "core.fct_ticket": """
        select
            ticket_id, frt_calendar_s, frt_business_s, first_resolution_calendar_s,
            first_resolution_business_s, full_resolution_calendar_s, full_resolution_business_s,
            reopens_n, replies_n, is_fcr
        from core.fct_ticket
    """,
}
FILES = {"restricted": "restricted/current.duckdb", "core": "warehouse.duckdb"}
SINGLE_SUBJECTS = {"marts.metric_value": 5, "core.fct_ticket": 1}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The home after `mittaristo demo --by-hand`, and what the command printed."""
    home = tmp_path_factory.mktemp("demo")
    finished = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "demo", "--by-hand", "--home", str(home)],
        cwd=REPOSITORY,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return home, finished.stdout


def _plain(value: Any) -> str | Decimal | None:
    """Numbers as decimals, everything else as the text it would have in a CSV file."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return str(value)


def _sorted(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    plain = [tuple(_plain(cell) for cell in row) for row in rows]
    return sorted(plain, key=lambda row: [(cell is not None, str(cell)[:12]) for cell in row])


def _same(found: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    return all(
        abs(a - b) <= TOLERANCE if isinstance(a, Decimal) and isinstance(b, Decimal) else a == b
        for a, b in zip(found, expected, strict=True)
    )


def _expected(table: str) -> list[list[str]]:
    with (EXPECTED / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _found(home: Path, table: str) -> list[tuple[Any, ...]]:
    return query(home, QUERIES[table], FILES.get(table.split(".")[0], "published/current.duckdb"))


@pytest.mark.parametrize("table", sorted(set(QUERIES) - set(SINGLE_SUBJECTS)))
def test_a_table_holds_exactly_the_rows_worked_out_by_hand(
    demo: tuple[Path, str], table: str
) -> None:
    expected = _sorted(_expected(table))
    found = _sorted(_found(demo[0], table))
    assert expected
    assert len(found) == len(expected), f"{found}\n\n{expected}"
    wrong = [(f, e) for f, e in zip(found, expected, strict=True) if not _same(f, e)]
    assert not wrong, "\n".join(f"found    {f}\nexpected {e}" for f, e in wrong)


@pytest.mark.parametrize(("table", "key_length"), SINGLE_SUBJECTS.items())
def test_every_row_worked_out_by_hand_is_there(
    demo: tuple[Path, str], table: str, key_length: int
) -> None:
    found = {
        tuple(map(str, row[:key_length])): tuple(map(_plain, row)) for row in _found(demo[0], table)
    }
    wrong = []
    for row in _expected(table):
        actual = found.get(tuple(row[:key_length]))
        if actual is None or not _same(actual, tuple(map(_plain, row))):
            wrong.append(f"found    {actual}\nexpected {row}")
    assert not wrong, "\n".join(wrong)


def test_every_row_is_accounted_for_and_the_broken_one_is_in_quarantine(
    demo: tuple[Path, str],
) -> None:
    accounts = query(
        demo[0],
        """
        select entity, rows_in, rows_current + rows_superseded + rows_quarantined, rows_quarantined
        from meta.row_account
        """,
    )
    # Eight days of dollars and three of crowns come from the extract of the ECB's rates.
    assert sum(rows_in for _, rows_in, _, _ in accounts) == 11 + sum(
        _data_rows(path) for path in (REPOSITORY / "demo" / "inbox").iterdir()
    )
    assert [entity for entity, rows_in, kept, _ in accounts if rows_in != kept] == []
    assert [(e, n) for e, _, _, n in accounts if n] == [("subscription_items", 1)]
    broken = query(
        demo[0],
        "select json_extract_string(payload, '$.item_id'), file, row_no, reasons "
        "from quarantine.subscription_items",
        "warehouse.duckdb",
    )
    ((item, file, row_no, reasons),) = broken
    assert (item, row_no) == ("i99", 20)
    assert file == "subscription_items.csv"
    assert "quantity" in reasons


def test_a_ticket_nobody_answered_counts_and_has_no_reply_time(demo: tuple[Path, str]) -> None:
    rows = query(
        demo[0],
        "select ticket_id, frt_calendar_s, frt_business_s from core.fct_ticket "
        "where ticket_id in ('t06', 't15') order by ticket_id nulls last",
        "warehouse.duckdb",
    )
    assert rows == [("t06", None, None), ("t15", None, None)]


def test_the_company_of_the_running_month_is_immature_not_zero(demo: tuple[Path, str]) -> None:
    rows = query(
        demo[0],
        "select value, status, is_mature from marts.metric_value where metric_id = 'mrr_eur' "
        "and period_start = '2026-07-01' and dim_name = 'all'",
    )
    assert rows == [(None, "immature", False)]


def test_the_summary_says_where_the_published_file_is(demo: tuple[Path, str]) -> None:
    home, printed = demo
    assert str(home / "published" / "current.duckdb") in printed


def _data_rows(path: Path) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return len(lines) - (path.suffix == ".csv")
