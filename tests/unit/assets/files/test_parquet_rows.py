from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.support.deliveries import empty_database, load_inbox, write


def _parquet(path: Path, query: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.sql(query).write_parquet(str(path))


def _types(database: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in database.execute(f"describe {table}").fetchall()}


def test_types_are_kept_and_unknown_columns_go_to_extra(tmp_path: Path) -> None:
    _parquet(
        tmp_path / "orders.parquet",
        "select 7 as Order_Id, timestamptz '2026-01-01 10:00+02' as ordered_at, "
        "12.5::decimal(12,2) as net_amount, 'EUR' as currency, {'a': [1]} as colour, true as x",
    )
    database = empty_database()
    [result] = load_inbox(database, tmp_path)
    rows = database.execute(
        "select order_id, ordered_at, net_amount, customer_id, cast(extra as varchar), row_no "
        "from raw_files.orders"
    )
    assert rows.fetchall() == [
        (7, datetime(2026, 1, 1, 8, tzinfo=UTC), Decimal("12.50"), None,
         '{"colour":{"a":[1]},"x":true}', 1),
    ]  # fmt: skip
    types = _types(database, "raw_files.orders")
    assert types["order_id"] == "INTEGER"
    assert types["net_amount"] == "DECIMAL(12,2)"
    assert types["ordered_at"] == "TIMESTAMP WITH TIME ZONE"
    assert result.new_columns == ("colour", "x")


def test_a_column_delivered_with_two_types_becomes_text(tmp_path: Path) -> None:
    columns = "date '2026-01-02' as rate_date, 1.25::double as units_per_eur, 'USD' as currency"
    _parquet(tmp_path / "fx_rates/1.parquet", f"select {columns}")
    write(tmp_path, {"fx_rates/2.csv": "currency,rate_date,units_per_eur\nSEK,2026-01-03,11.5\n"})
    _parquet(
        tmp_path / "fx_rates/3.parquet",
        "select 'NOK' as currency, timestamp '2026-01-04 00:00' as rate_date, 12::double as "
        "units_per_eur",
    )
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute("select * from raw_files.fx_rates order by load_id").fetchall()
    assert [row[:3] for row in rows] == [
        ("USD", "2026-01-02", "1.25"),
        ("SEK", "2026-01-03", "11.5"),
        ("NOK", "2026-01-04 00:00:00", "12"),
    ]


def test_values_that_are_no_plain_type_land_as_their_text(tmp_path: Path) -> None:
    _parquet(
        tmp_path / "customers.parquet",
        "select uuid '00000000-0000-0000-0000-000000000001' as customer_id, "
        "{'first': 'A'} as name, null as segment, ['a', 'b'] as region, 'x'::enum ('x') as branch",
    )
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute(
        "select customer_id, name, segment, region, branch from raw_files.customers"
    )
    assert rows.fetchall() == [
        ("00000000-0000-0000-0000-000000000001", '{"first":"A"}', None, '["a","b"]', "x"),
    ]


def test_row_numbers_count_from_one_across_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "customers.parquet"
    duckdb.sql("select i as customer_id from range(1, 300001) as r (i)").write_parquet(
        str(path), row_group_size=50_000
    )
    database = empty_database()
    load_inbox(database, tmp_path)
    wrong = database.execute(
        "select count(*), count(*) filter (customer_id <> row_no) from raw_files.customers"
    ).fetchone()
    assert wrong == (300_000, 0)


def test_a_date_stays_a_date(tmp_path: Path) -> None:
    _parquet(
        tmp_path / "fx_rates.parquet",
        "select 'USD' as currency, date '2026-01-02' as rate_date, 1.1 as units_per_eur",
    )
    database = empty_database()
    load_inbox(database, tmp_path)
    assert database.execute("select rate_date from raw_files.fx_rates").fetchall() == [
        (date(2026, 1, 2),)
    ]


def test_a_column_of_another_type_is_drift_once(tmp_path: Path) -> None:
    database = empty_database()
    for number, order_id in enumerate(("7", "8", "'x9'", "'x10'"), start=1):
        _parquet(
            tmp_path / f"orders/{number}.parquet",
            f"select {order_id} as order_id, timestamptz '2026-01-01 10:00+02' as ordered_at, "
            "12.5::decimal(12,2) as net_amount, 'EUR' as currency",
        )
        load_inbox(database, tmp_path)
    drift = database.execute("select file, column_name, change from meta.drift").fetchall()
    assert drift == [("orders/3.parquet", "order_id", "retyped")]
