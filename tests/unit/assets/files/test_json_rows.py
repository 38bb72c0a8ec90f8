import json
from pathlib import Path

import pytest

from tests.support.deliveries import empty_database, load_inbox, write

ROWS = [
    {"customer_id": "c1", "name": 'a "quoted"\nname', "segment": None},
    {"Customer_ID": "c2", "is_internal": True, "tags": {"a": [1, 2]}},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("customers.jsonl", "\n".join(map(json.dumps, ROWS))),
        ("customers.ndjson.gz", "\r\n".join(map(json.dumps, ROWS)) + "\r\n"),
        ("customers.json", "\ufeff" + json.dumps(ROWS, indent=2)),
        ("customers.json.gz", json.dumps(ROWS)),
    ],
)
def test_objects_land_as_text_however_the_file_is_written(
    name: str, content: str, tmp_path: Path
) -> None:
    write(tmp_path, {name: content})
    database = empty_database()
    [result] = load_inbox(database, tmp_path)
    rows = database.execute(
        "select customer_id, name, segment, is_internal, extra ->> 'tags', row_no "
        "from raw_files.customers order by row_no"
    )
    assert rows.fetchall() == [
        ("c1", 'a "quoted"\nname', None, None, None, 1),
        ("c2", None, None, "true", '{"a":[1,2]}', 2),
    ]
    assert result.new_columns == ("tags",)


def test_lines_that_are_no_objects_are_kept_and_the_others_keep_their_numbers(
    tmp_path: Path,
) -> None:
    lines = ['{"customer_id":"c1"}', "", "not json", "[1]", '{"customer_id":"c5"}', '"text"']
    write(tmp_path, {"customers.jsonl": "\n".join(lines)})
    database = empty_database()
    [result] = load_inbox(database, tmp_path)
    assert (result.rows_n, result.unparsed_n) == (2, 3)
    rows = database.execute("select customer_id, row_no from raw_files.customers order by row_no")
    assert rows.fetchall() == [("c1", 1), ("c5", 5)]
    unparsed = database.execute("select row_no, error, line from raw_files.unparsed_line")
    assert sorted(unparsed.fetchall()) == [
        (3, "not readable as JSON", "not json"),
        (4, "JSON, but no object: array", "[1]"),
        (6, "JSON, but no object: varchar", '"text"'),
    ]


@pytest.mark.parametrize(
    ("written", "landed"),
    [
        ("19.99", "19.99"),
        ("100.10", "100.1"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("123456789012.123456", "123456789012.123456"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("1e-7", "1e-7"),
        ("-0.000001", "-0.000001"),
    ],
)
def test_numbers_keep_their_value(written: str, landed: str, tmp_path: Path) -> None:
    write(tmp_path, {"orders.jsonl": _order(written)})
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute("select net_amount from raw_files.orders").fetchall()
    assert rows == [(landed,)]


def _order(amount: str) -> str:
    return (
        '{"order_id": "12345678901234567, 1", "net_amount": ' + amount + ', "currency": "EUR", '
        '"ordered_at": "2026-01-01"}'
    )
