"""The whole road through the command line: what is published, what blocks, what is said."""

import shutil
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.support.cli import published_tables, query, run_cli, share_key
from tests.support.company import FILES, write_company

AS_OF = "2026-04-15T00:00:00Z"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Home and inbox of one company run once."""
    root = tmp_path_factory.mktemp("run")
    inbox = root / "inbox"
    inbox.mkdir()
    write_company(inbox)
    done = run_cli(root / "home", "--inbox", inbox, "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    return root / "home", inbox


@pytest.fixture
def company(published: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A copy of that home and inbox, for a test that changes them."""
    home, inbox = published
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    shutil.copytree(inbox, tmp_path / "inbox")
    return tmp_path / "home", tmp_path / "inbox"


def test_movements_of_the_small_company_are_those_in_its_docstring(
    published: tuple[Path, Path],
) -> None:
    movements = query(
        published[0],
        "select month::varchar, sum(opening_mrr_eur), sum(new_eur), sum(churn_eur), "
        "sum(closing_mrr_eur) from marts.mrr_movement group by month order by month",
    )
    assert movements == [
        ("2026-01-01", Decimal(0), Decimal(200), Decimal(0), Decimal(200)),
        ("2026-02-01", Decimal(200), Decimal(0), Decimal(0), Decimal(200)),
        ("2026-03-01", Decimal(200), Decimal(100), Decimal(100), Decimal(200)),
    ]


def test_the_orphan_is_in_quarantine_and_every_row_is_accounted_for(
    published: tuple[Path, Path],
) -> None:
    home, _ = published
    accounts = query(
        home,
        "select entity, rows_in, rows_current, rows_superseded, rows_quarantined "
        "from meta.row_account order by entity",
    )
    assert accounts == [
        ("customers", 3, 3, 0, 0),
        ("messages", 2, 2, 0, 0),
        ("subscription_items", 3, 3, 0, 0),
        ("subscriptions", 4, 3, 0, 1),
        ("ticket_events", 2, 2, 0, 0),
        ("tickets", 1, 1, 0, 0),
    ]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        quarantined = warehouse.execute(
            "select row_no, reasons from quarantine.subscriptions"
        ).fetchall()
    assert len(quarantined) == 1
    row_no, reasons = quarantined[0]
    assert row_no == 5
    assert "customer_id" in reasons
    assert "nobody" in reasons


def test_nobody_is_named_in_what_is_published(published: tuple[Path, Path]) -> None:
    home, _ = published
    for file in (home / "published").rglob("*"):
        if file.is_file():
            assert b"Aino Oy" not in file.read_bytes(), file


def test_nothing_new_starts_neither_dbt_nor_great_expectations(
    company: tuple[Path, Path],
) -> None:
    home, inbox = company
    before = (home / "published" / "current.duckdb").readlink()
    again = run_cli(home, "--inbox", inbox, "--as-of", AS_OF)
    assert again.returncode == 0
    assert "nothing new" in again.stdout
    assert "build" not in again.stderr
    assert "validate" not in again.stderr
    assert (home / "published" / "current.duckdb").readlink() == before


def test_a_corrected_file_supersedes_by_key(company: tuple[Path, Path]) -> None:
    home, inbox = company
    items = FILES["subscription_items.csv"].replace(
        "i-a,s-a,2026-01-01,,1,100.00", "i-a,s-a,2026-01-01,,2,100.00"
    )
    (inbox / "subscription_items.csv").write_text(items, encoding="utf-8")
    assert run_cli(home, "--inbox", inbox, "--as-of", AS_OF).returncode == 0
    closing = query(
        home,
        "select sum(closing_mrr_eur) from marts.mrr_movement where month = date '2026-03-01'",
    )
    assert closing == [(Decimal(300),)]
    account = query(
        home,
        "select rows_in, rows_current, rows_superseded, rows_quarantined from meta.row_account "
        "where entity = 'subscription_items' order by rows_in",
    )
    assert account[-1] == (6, 3, 3, 0)


def test_another_as_of_is_another_publication(company: tuple[Path, Path]) -> None:
    home, inbox = company
    assert run_cli(home, "--inbox", inbox, "--as-of", "2026-02-28").returncode == 0
    months = query(home, "select distinct month::varchar from marts.mrr_movement order by 1")
    assert months == [("2026-01-01",), ("2026-02-01",)]
    assert run_cli(home, "--inbox", inbox, "--as-of", AS_OF).returncode == 0
    assert len(query(home, "select distinct month from marts.mrr_movement")) == 3


def batched(names: Iterable[str]) -> list[list[str]]:
    """Two files at a time."""
    ordered = list(names)
    return [ordered[first : first + 2] for first in range(0, len(ordered), 2)]


def test_increments_publish_what_one_load_publishes(
    published: tuple[Path, Path], tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    share_key(published[0], tmp_path / "home")
    for names in batched(FILES):
        for name in names:
            shutil.copy(published[1] / name, inbox / name)
        assert run_cli(tmp_path / "home", "--inbox", inbox, "--as-of", AS_OF).returncode == 0
    assert published_tables(tmp_path / "home") == published_tables(published[0])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("customers.csv", b"name,segment\nAino,small\n", ("customers.csv", "customer_id")),
        ("customers.csv", b"", ("customers.csv", "empty")),
        ("customers.parquet", b"PAR1 but not really", ("customers.parquet",)),
        ("customers.csv.gz", b"not gzip at all", ("customers.csv.gz",)),
        (
            "customers.csv",
            "customer_id,name\na,Äänekoski Oy\n".encode("latin-1"),
            ("customers.csv", "UTF-8", "name"),
        ),
    ],
    ids=["missing required column", "empty", "broken parquet", "broken gzip", "latin-1"],
)
def test_a_file_that_is_not_what_it_claims_blocks_and_is_named(
    name: str, content: bytes, said: tuple[str, ...], company: tuple[Path, Path]
) -> None:
    home, inbox = company
    before = published_tables(home)
    (inbox / "customers.csv").unlink()
    (inbox / name).write_bytes(content)
    blocked = run_cli(home, "--inbox", inbox, "--as-of", AS_OF)
    assert blocked.returncode == 2, blocked.stderr
    for word in said:
        assert word in blocked.stderr
    assert published_tables(home) == before


def test_a_blocked_run_goes_on_when_the_file_is_put_right(company: tuple[Path, Path]) -> None:
    home, inbox = company
    (inbox / "customers.csv").write_text("name,segment\nAino,small\n", encoding="utf-8")
    assert run_cli(home, "--inbox", inbox, "--as-of", AS_OF).returncode == 2
    (inbox / "customers.csv").write_text(FILES["customers.csv"], encoding="utf-8")
    assert run_cli(home, "--inbox", inbox, "--as-of", AS_OF).returncode == 0


def test_bad_rows_are_named_and_counted_and_the_rest_is_published(
    company: tuple[Path, Path],
) -> None:
    home, inbox = company
    rows = FILES["subscription_items.csv"] + (
        "i-d,s-a,31.3.2026,,1,5.00,EUR,month,1\n"
        "i-e,s-a,2026-02-01,,-1,5.00,EUR,month,1\n"
        "i-f,s-a,2026-02-01,,1,5.00,ZZZ,month,1\n"
        "i-g,s-none,2026-02-01,,1,5.00,EUR,month,1\n"
        "i-h,s-a,2026-02-01,,1,5.00,EUR\n"
        "i-a,s-a,2026-01-01,,1,100.00,EUR,month,1\n"
        '"i\';drop table meta.run;--",s-a,2026-01-01,,1,0.00,EUR,month,1\n'
    )
    (inbox / "subscription_items.csv").write_text(rows, encoding="utf-8")
    done = run_cli(home, "--inbox", inbox, "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    for said in (
        'subscription_items.csv row 5: valid_from: "31.3.2026" is no ISO 8601 instant',
        "rows set aside in quarantine.subscription_items: 5",
        "item_id i-a, valid_from 2025-12-31 22:00:00+00 in rows 2, 10",
    ):
        assert said in done.stderr
    account = query(
        home,
        "select rows_in, rows_current, rows_superseded, rows_quarantined from meta.row_account "
        "where entity = 'subscription_items' order by rows_in",
    )
    # 3 + 10 delivered; a, b, c and the quoted one are current; the second load repeats a twice
    assert account[-1] == (13, 4, 4, 5)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        reasons = dict(
            warehouse.execute(
                "select row_no, reasons from quarantine.subscription_items"
            ).fetchall()
        )
    for row_no, word in {5: "31.3.2026", 6: "-1", 7: "ZZZ", 8: "s-none"}.items():
        assert word in reasons[row_no]
    assert 9 in reasons
    closing = query(
        home,
        "select sum(closing_mrr_eur) from marts.mrr_movement where month = date '2026-03-01'",
    )
    assert closing == [(Decimal(200),)]


def test_an_empty_inbox_says_what_to_put_there(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    failed = run_cli(tmp_path / "home", "--inbox", tmp_path / "inbox")
    assert failed.returncode == 1
    assert "customers.csv" in failed.stderr
