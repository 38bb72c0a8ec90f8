"""What a delivered text becomes in staging, and the reason it gets when it becomes nothing.

One inbox delivers every case as a row of its own, so that dbt runs once; each test looks at one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from pipelines.settings import Home
from tests.support.build import deliver
from tests.support.dbt import open_copy
from tests.support.deliveries import load_inbox


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@dataclass(frozen=True)
class Kind:
    """A column whose reading is tested, with the rest of a good row of its entity."""

    entity: str
    key: str
    column: str
    rest: dict[str, str]
    good: list[tuple[str, Any]]
    bad: list[str]
    complaint: str


# Helsinki is two hours ahead of UTC in winter and three in summer.
KINDS = {
    "start": Kind(
        "deals",
        "deal_id",
        "created_at",
        {},
        good=[
            ("2026-03-31T21:00:00Z", utc(2026, 3, 31, 21)),
            ("2026-03-31T21:00:00+03:00", utc(2026, 3, 31, 18)),
            ("2026-03-31 21:00:00+0300", utc(2026, 3, 31, 18)),
            ("2026-03-31T21:00+03", utc(2026, 3, 31, 18)),
            ("2026-03-31T21:00:00", utc(2026, 3, 31, 21)),
            ("2026-03-31T23:59:30+03:00", utc(2026, 3, 31, 20, 59, 30)),
            ("2026-03-31T21:00:00.123456789Z", utc(2026, 3, 31, 21, 0, 0, 123456)),
            ("  2026-03-31T21:00:00Z ", utc(2026, 3, 31, 21)),
            ("2026-01-31", utc(2026, 1, 30, 22)),
            ("2026-03-31", utc(2026, 3, 30, 21)),
            ("", None),
            ("   ", None),
        ],
        bad=[
            "31.3.2026",
            "3/31/2026",
            "2026-02-30",
            "2026-3-1",
            "2026-13-01",
            "20260331",
            "2026-03-31T25:00:00Z",
            "2026-03-31T10:00:00 Europe/Helsinki",
            "yesterday",
            "infinity",
            "1774900800",
            "2026-03-31; drop table x",
        ],
        complaint="is no ISO 8601 instant",
    ),
    # The table of METRICS R3, then its edges and the days of the clock change.
    "end": Kind(
        "discounts",
        "discount_id",
        "ends_at",
        {"scope": "item", "scope_id": "i"},
        good=[
            ("2026-03-31", utc(2026, 3, 31, 21)),
            ("2026-03-31 23:59:59+03:00", utc(2026, 3, 31, 21)),
            ("2026-03-31T21:00:00Z", utc(2026, 3, 31, 21)),
            ("2026-03-31T20:00:00Z", utc(2026, 3, 31, 20)),
            ("2026-04-01 00:00:01+03:00", utc(2026, 3, 31, 21, 0, 1)),
            ("2026-02-28T22:00:00Z", utc(2026, 2, 28, 22)),
            ("2026-03-31T20:58:59Z", utc(2026, 3, 31, 20, 58, 59)),
            ("2026-03-31T20:59:00Z", utc(2026, 3, 31, 21)),
            ("2026-03-28", utc(2026, 3, 28, 22)),
            ("2026-03-29", utc(2026, 3, 29, 21)),
            ("2026-12-31 23:59:59", utc(2026, 12, 31, 23, 59, 59)),
        ],
        bad=["31.3.2026"],
        complaint="is no ISO 8601 instant",
    ),
    "date": Kind(
        "invoices",
        "invoice_id",
        "due_on",
        {"customer_id": "c", "issued_on": "2026-03-01", "status": "open", "currency": "EUR"},
        good=[
            ("2026-03-31", date(2026, 3, 31)),
            ("2026-03-31T00:00:00", date(2026, 3, 31)),
            ("2026-03-31 00:00:00.000", date(2026, 3, 31)),
            ("2026-03-31T21:30:00Z", date(2026, 4, 1)),
            ("", None),
        ],
        bad=["31.3.2026", "2026-02-30", "2026-03", "today"],
        complaint="is no ISO 8601 date",
    ),
    "month": Kind(
        "costs",
        "channel",
        "month",
        {"cost_type": "support", "amount": "1", "currency": "EUR"},
        good=[
            ("2026-03-31", date(2026, 3, 1)),
            ("2026-03-01", date(2026, 3, 1)),
            ("2026-03", date(2026, 3, 1)),
        ],
        bad=["3/2026", "2026-13"],
        complaint="is no ISO 8601 date",
    ),
    "decimal": Kind(
        "deals",
        "deal_id",
        "amount",
        {},
        good=[
            ("12.5", Decimal("12.5")),
            (" 12.50 ", Decimal("12.5")),
            ("-0.000001", Decimal("-0.000001")),
            ("1e-05", Decimal("0.00001")),
            ("0.3333333333", Decimal("0.333333")),
            ("2.0000005", Decimal("2.000001")),
            ("999999999999.999999", Decimal("999999999999.999999")),
            ("", None),
        ],
        bad=["1,5", "1 000", "12 EUR", "nan", "inf", "-Infinity", "1000000000000", "1e400", "x"],
        complaint="is no number that fits decimal(18,6)",
    ),
    "whole number": Kind(
        "survey_questions",
        "question_id",
        "version",
        {"instrument": "nps", "scale_min": "0", "scale_max": "10"},
        good=[
            ("3", 3),
            ("-3", -3),
            ("3.0", 3),
            ("9223372036854775807", 2**63 - 1),
            ("", None),
        ],
        bad=["1.5", "9223372036854775808", "three", "nan", "1,0"],
        complaint="is no whole number",
    ),
    "boolean": Kind(
        "users",
        "user_id",
        "is_bot",
        {},
        good=[
            ("true", True),
            ("TRUE", True),
            ("1", True),
            (" False", False),
            ("0", False),
            ("", None),
        ],
        bad=["yes", "2", "t", "on"],
        complaint="is none of true, false, 1, 0",
    ),
    "code": Kind(
        "tickets",
        "ticket_id",
        "status",
        {"channel": "email", "created_at": "2026-01-01"},
        good=[("Solved ", "solved"), ("On-Hold", "hold"), ("on_hold", "hold"), ("HOLD", "hold")],
        bad=["resolved", "tervetuloa"],
        complaint="is none of new, open, pending, hold, solved, closed, deleted",
    ),
    "currency": Kind(
        "orders",
        "order_id",
        "currency",
        {"ordered_at": "2026-01-01", "net_amount": "1"},
        good=[("EUR", "EUR"), (" usd", "USD"), ("jpy", "JPY")],
        bad=["EURO", "XXX", "ZZZ", "€"],
        complaint="is no ISO 4217 currency",
    ),
    "count": Kind(
        "subscription_items",
        "item_id",
        "quantity",
        {
            "subscription_id": "s",
            "valid_from": "2026-01-01",
            "unit_price": "1",
            "currency": "EUR",
            "interval_unit": "month",
            "interval_count": "1",
        },
        good=[("0", Decimal(0)), ("2.5", Decimal("2.5"))],
        bad=["-1", "-0.000001"],
        complaint="is below 0",
    ),
    "rate": Kind(
        "fx_rates",
        "currency",
        "units_per_eur",
        {"currency": "USD", "rate_date": "2026-01-01"},
        good=[("1.095", Decimal("1.095"))],
        bad=["0", "-1"],
        complaint="is not above 0",
    ),
    "text": Kind(
        "deals",
        "deal_id",
        "stage",
        {},
        good=[
            ("Robert'); drop table deals;--", "Robert'); drop table deals;--"),
            ('a "quoted", ; line\nbreak \\ ä漢', 'a "quoted", ; line\nbreak \\ ä漢'),
            ("  outer spaces stay ", "  outer spaces stay "),
            ("", None),
        ],
        bad=[],
        complaint="",
    ),
}
CASES = [(kind, text, value) for kind, tested in KINDS.items() for text, value in tested.good]
REFUSED = [(kind, text) for kind, tested in KINDS.items() for text in tested.bad]


def _deliveries() -> dict[str, str]:
    files = {}
    for kind, tested in KINDS.items():
        texts = [text for text, _ in tested.good] + tested.bad
        rows = [
            {tested.key: kind + str(n), **tested.rest, tested.column: text}
            for n, text in enumerate(texts)
        ]
        files[f"{tested.entity}/{kind}.jsonl"] = "\n".join(map(json.dumps, rows))
    return files


@pytest.fixture(scope="module")
def staged(
    warehouse_template: Home, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], tuple[Any, str | None]]:
    """(kind, delivered text) → the value in staging and the row's reasons."""
    folder = tmp_path_factory.mktemp("read_value")
    found = {}
    with open_copy(warehouse_template, Home(folder)) as warehouse:
        deliver(warehouse, folder / "inbox", _deliveries())
        warehouse.run_dbt([f"stg_files__{kind.entity}" for kind in KINDS.values()])
        for kind, tested in KINDS.items():
            rows = warehouse.query(
                f"select raw.{tested.column}, staged.{tested.column}, staged.reasons "
                f"from staging.stg_files__{tested.entity} as staged "
                f"inner join raw_files.{tested.entity} as raw using (load_id, row_no) "
                "where staged.file = ?",
                [f"{tested.entity}/{kind}.jsonl"],
            )
            found |= {(kind, text): (value, reasons) for text, value, reasons in rows}
    return found


@pytest.mark.parametrize(("kind", "text", "value"), CASES)
def test_a_value_is_read_as_its_contract_says(
    kind: str, text: str, value: Any, staged: dict[tuple[str, str], tuple[Any, str | None]]
) -> None:
    assert staged[kind, text] == (value, None)


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_a_value_that_cannot_be_read_is_named_with_its_column(
    kind: str, text: str, staged: dict[tuple[str, str], tuple[Any, str | None]]
) -> None:
    tested = KINDS[kind]
    _, reasons = staged[kind, text]
    assert reasons == f'{tested.column}: "{text}" {tested.complaint}'


PARQUET = [
    ("deals", "created_at", "timestamptz '2026-03-31 21:00+03'", utc(2026, 3, 31, 18)),
    ("deals", "created_at", "timestamp '2026-03-31 21:00'", utc(2026, 3, 31, 21)),
    ("deals", "created_at", "timestamp_ns '2026-03-31 21:00:05'", utc(2026, 3, 31, 21, 0, 5)),
    ("deals", "created_at", "date '2026-03-31'", utc(2026, 3, 30, 21)),
    ("deals", "amount", "12.345::double", Decimal("12.345")),
    ("deals", "amount", "12::integer", Decimal(12)),
    ("deals", "amount", "12.5::decimal(30, 10)", Decimal("12.5")),
    ("deals", "is_won", "true", True),
    ("deals", "is_won", "1::tinyint", True),
    ("deals", "is_won", "0::double", False),
    ("deals", "customer_id", "7::bigint", "7"),
    ("deals", "customer_id", "7::double", "7"),
    ("discounts", "ends_at", "date '2026-03-31'", utc(2026, 3, 31, 21)),
    ("discounts", "ends_at", "timestamp '2026-03-31 20:59:30'", utc(2026, 3, 31, 21)),
    ("discounts", "ends_at", "timestamptz '2026-03-31 20:00+00'", utc(2026, 3, 31, 20)),
    ("fx_rates", "rate_date", "date '2026-03-31'", date(2026, 3, 31)),
    ("fx_rates", "rate_date", "timestamp '2026-03-31 00:00'", date(2026, 3, 31)),
    ("fx_rates", "rate_date", "timestamptz '2026-03-31 21:30+00'", date(2026, 4, 1)),
    ("survey_questions", "version", "3::double", 3),
    ("survey_questions", "version", "3::smallint", 3),
]  # fmt: skip
PARQUET_REFUSED = [
    ("deals", "amount", "'nan'::double", 'amount: "nan" is no number that fits decimal(18,6)'),
    ("deals", "amount", "'inf'::double", 'amount: "inf" is no number that fits decimal(18,6)'),
    ("deals", "created_at", "1774900800", 'created_at: "1774900800" is no ISO 8601 instant'),
    ("survey_questions", "version", "1.5::double", 'version: "1.5" is no whole number'),
]
REST = {
    "deals": "'d' as deal_id",
    "discounts": "'d' as discount_id, 'item' as scope, 'i' as scope_id",
    "fx_rates": "'USD' as currency, 1.1 as units_per_eur",
    "survey_questions": "'q' as question_id, 'nps' as instrument, 0 as scale_min, 9 as scale_max",
}


def _rounds() -> list[list[tuple[str, str, str]]]:
    """The Parquet cases, so that no round has two types for a column (they would become text)."""
    rounds: list[list[tuple[str, str, str]]] = []
    seen: dict[tuple[str, str], int] = {}
    for entity, column, expression, _ in PARQUET + PARQUET_REFUSED:
        number = seen.get((entity, column), 0)
        seen[entity, column] = number + 1
        rounds += [[]] * (number + 1 - len(rounds))
        rounds[number] = [*rounds[number], (entity, column, expression)]
    return rounds


@pytest.fixture(scope="module")
def staged_parquet(
    warehouse_template: Home, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str, str], tuple[Any, str | None]]:
    """(entity, column, SQL of the delivered value) → the value in staging and the row's reasons."""
    found = {}
    for cases in _rounds():
        folder = tmp_path_factory.mktemp("parquet")
        for entity in REST:
            values = [
                f", {expression} as {column}" for of, column, expression in cases if of == entity
            ]
            if values:
                duckdb.sql(f"select {REST[entity]}{''.join(values)}").write_parquet(
                    str(folder / f"{entity}.parquet")
                )
        with open_copy(warehouse_template, Home(folder / "home")) as warehouse:
            load_inbox(warehouse.connection, folder)
            warehouse.run_dbt([f"stg_files__{entity}" for entity, *_ in cases])
            for entity, column, expression in cases:
                [row] = warehouse.query(
                    f"select {column}, reasons from staging.stg_files__{entity}"
                )
                found[entity, column, expression] = row
    return found


@pytest.mark.parametrize(("entity", "column", "expression", "value"), PARQUET)
def test_parquet_keeps_its_types_on_the_way(
    entity: str,
    column: str,
    expression: str,
    value: Any,
    staged_parquet: dict[tuple[str, str, str], tuple[Any, str | None]],
) -> None:
    assert staged_parquet[entity, column, expression][0] == value


@pytest.mark.parametrize(("entity", "column", "expression", "reason"), PARQUET_REFUSED)
def test_parquet_values_that_cannot_be_read_are_named(
    entity: str,
    column: str,
    expression: str,
    reason: str,
    staged_parquet: dict[tuple[str, str, str], tuple[Any, str | None]],
) -> None:
    value, reasons = staged_parquet[entity, column, expression]
    assert value is None
    assert reason in str(reasons)
