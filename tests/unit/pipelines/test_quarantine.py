import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.quarantine import QuarantineError, export, groups, held, release
from tests.support.build import build, deliver
from tests.support.dbt import WarehouseUnderTest

NOW = datetime(2026, 6, 2, tzinfo=UTC)
HEADER = (
    "item_id,subscription_id,valid_from,quantity,unit_price,currency,interval_unit,interval_count\n"
)
ITEMS = (
    HEADER
    + "good,s1,2026-01-01,1,5,EUR,month,1\n"
    + "below,s1,2026-01-01,-1,5,EUR,month,1\n"
    + "below-too,s1,2026-01-01,-2,5,EUR,month,1\n"
    + "orphan,nobody,2026-01-01,1,5,EUR,month,1\n"
    + "unread,s1,1.1.2026,1,5,EUR,month,1\n"
)
FILE = "subscription_items.csv"


@pytest.fixture
def delivered(warehouse: WarehouseUnderTest, tmp_path: Path) -> WarehouseUnderTest:
    subscriptions = (
        "subscription_id,customer_id,service,plan,status,started_at,currency\n"
        "s1,c1,web,basic,active,2026-01-01,EUR\n"
    )
    deliver(warehouse, tmp_path, {FILE: ITEMS, "subscriptions.csv": subscriptions})
    build(warehouse)
    return warehouse


def test_rows_are_counted_by_the_rule_they_break(delivered: WarehouseUnderTest) -> None:
    found = [
        (group.rows_n, group.rule, group.first_row_no) for group in groups(delivered.connection)
    ]
    assert found == [
        (2, "quantity: … is below 0", 3),
        (1, "subscription_id: no row … in subscriptions", 5),
        (1, "valid_from: … is no ISO 8601 instant", 6),
    ]


def test_an_export_holds_every_row_with_what_was_delivered(
    delivered: WarehouseUnderTest, tmp_path: Path
) -> None:
    target = tmp_path / "rows.csv"
    assert export(delivered.connection, target) == 4
    with target.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["row_no"] for row in rows] == ["3", "4", "5", "6"]
    assert '"valid_from":"1.1.2026"' in rows[-1]["payload"]
    with pytest.raises(QuarantineError, match="exists"):
        export(delivered.connection, target)


def test_a_released_row_is_let_in_as_it_was_delivered(delivered: WarehouseUnderTest) -> None:
    rows = release(
        delivered.connection, "subscription_items", FILE, [3, 5], "agreed with billing", NOW
    )
    assert [row.row_no for row in rows] == [3, 5]
    build(delivered, full_refresh=True, run_id="run-2")
    assert delivered.query(
        "select item_id, quantity from canonical.subscription_items order by item_id"
    ) == [("below", -1), ("good", 1), ("orphan", 1)]
    assert [row.row_no for row in held(delivered.connection)] == [4, 6]
    assert delivered.query("select row_no, why from meta.released_row order by row_no") == [
        (3, "agreed with billing"),
        (5, "agreed with billing"),
    ]


@pytest.mark.parametrize(
    ("row_nos", "why", "says"),
    [
        ([3, 6], "because", "row 6 cannot be released .*correct it|Correct it"),
        ([2], "because", "row 2 is not in quarantine"),
        ([3], " ", "needs a reason"),
    ],
)
def test_what_cannot_be_released_leaves_everything_as_it_was(
    delivered: WarehouseUnderTest, row_nos: list[int], why: str, says: str
) -> None:
    with pytest.raises(QuarantineError, match=says):
        release(delivered.connection, "subscription_items", FILE, row_nos, why, NOW)
    assert delivered.query("select count(*) from meta.released_row") == [(0,)]


def test_an_entity_that_does_not_exist_is_named_with_those_that_do(
    delivered: WarehouseUnderTest,
) -> None:
    with pytest.raises(QuarantineError, match="'invoice' is no entity .*invoices"):
        list(held(delivered.connection, "invoice"))
