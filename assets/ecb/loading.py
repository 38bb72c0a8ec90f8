"""Lands the rates that are new or were changed, in one transaction with what the server said.

The published file is the whole history each time; raw keeps each rate once, and again only where
the ECB corrected it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

import duckdb

from assets.ecb.client import Page, Validators
from assets.ecb.rates import Rate
from assets.files.raw_table import POSITION_COLUMNS, column_list
from pipelines.contract import contract
from pipelines.loads import Stream, next_load_id, record_load

SOURCE = "ecb"
ENTITY = "fx_rates"
_POSITION = {name: kind for name, kind in POSITION_COLUMNS.items() if name != "extra"}


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """raw_ecb.fx_rates."""
    columns = {column.name: "varchar" for column in contract()[ENTITY].columns}
    connection.execute("create schema if not exists raw_ecb")
    connection.execute(
        f"create table if not exists raw_ecb.{ENTITY} ({column_list(columns | _POSITION)})"
    )


def validators(connection: duckdb.DuckDBPyConnection) -> Validators | None:
    """What the server said of the version that landed last."""
    row = connection.execute(
        "select cursor from meta.source_cursor where source = ? and stream = ?", [SOURCE, ENTITY]
    ).fetchone()
    return Validators(**json.loads(row[0])) if row else None


def newest_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The latest day of which a rate has landed."""
    row = connection.execute(
        f"select max(cast(rate_date as date)) from raw_ecb.{ENTITY}"
    ).fetchone()
    return row[0] if row else None


def land_rates(
    connection: duckdb.DuckDBPyConnection,
    page: Page,
    rates: Sequence[Rate],
    run_id: str,
    now: datetime,
) -> int:
    """Add the rates that are not in raw as they are published now; returns how many."""
    # Slow to import, and most runs find no new rate.
    import pyarrow as pa  # type: ignore[import-untyped]

    table = pa.table(
        {
            "currency": [rate.currency for rate in rates],
            "rate_date": [rate.rate_date.isoformat() for rate in rates],
            "units_per_eur": [format(rate.units_per_eur, "f") for rate in rates],
            "row_no": range(1, len(rates) + 1),
        }
    )
    connection.register("published_rates", table)
    connection.execute("begin")
    try:
        landed = _land_new(connection, page, run_id, now)
        connection.execute(
            "delete from meta.source_cursor where source = ? and stream = ?", [SOURCE, ENTITY]
        )
        connection.execute(
            "insert into meta.source_cursor values (?, ?, ?, ?)",
            [SOURCE, ENTITY, json.dumps(asdict(page.validators)), now],
        )
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        connection.unregister("published_rates")
    connection.execute("commit")
    return landed


def _land_new(connection: duckdb.DuckDBPyConnection, page: Page, run_id: str, now: datetime) -> int:
    load_id = next_load_id(connection)
    counted = connection.execute(
        f"""
        insert into raw_ecb.{ENTITY} (
            currency, rate_date, units_per_eur, file, row_no, content_hash, load_id, loaded_at
        )
        with landed as (
            select currency, rate_date, max_by(units_per_eur, load_id) as units_per_eur
            from raw_ecb.{ENTITY}
            group by currency, rate_date
        )
        select
            published.currency, published.rate_date, published.units_per_eur,
            $file, published.row_no, $content_hash, $load_id, $now
        from published_rates as published
        left join landed
            on published.currency = landed.currency and published.rate_date = landed.rate_date
        where published.units_per_eur is distinct from landed.units_per_eur
        """,
        {"file": page.name, "content_hash": page.content_hash, "load_id": load_id, "now": now},
    ).fetchone()
    landed = int(counted[0]) if counted else 0
    if landed:
        stream = Stream(SOURCE, ENTITY)
        record_load(connection, load_id, run_id, stream, page.name, page.content_hash, landed, now)
    return landed
