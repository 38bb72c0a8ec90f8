"""The ECB's rates as an asset: fetch, land, say what happened.

A fetch that fails loses no run. The rates that are here stay, and where one is missing that an
amount needs, the amount is quarantined and gate 2 says so.
"""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from assets.ecb.client import FetchError, fetch
from assets.ecb.loading import create_raw_tables, land_rates, newest_day, validators
from assets.ecb.rates import RatesError, read_rates
from pipelines.resources import Warehouse


def specs() -> list[dg.AssetSpec]:
    """raw_ecb.fx_rates alone."""
    return [
        dg.AssetSpec(
            key=dg.AssetKey(["raw_ecb", "fx_rates"]),
            group_name="extract",
            description="The ECB's euro reference rates as published, each once.",
            owners=["data-engineering@example.com"],
            kinds={"duckdb", "http"},
            skippable=True,
        )
    ]


def land(warehouse: Warehouse, run_id: str) -> None:
    """Land what the ECB published since; without [fx] in sources.toml nothing is fetched."""
    with warehouse.connect() as connection:
        create_raw_tables(connection)
    if address := warehouse.settings.fx_address:
        refresh(warehouse, address, run_id)


def refresh(warehouse: Warehouse, address: str, run_id: str) -> int | None:
    """Fetch and land; returns how many rates are new, None after a failure, which is a warning."""
    now = datetime.now(UTC)
    with warehouse.connect() as connection:
        known, newest = validators(connection), newest_day(connection)
    try:
        page = fetch(address, known)
        if page is None:
            return 0
        rates = read_rates(page.text, max(now, warehouse.settings.as_of or now).date())
        if newest is not None and rates[0].rate_date < newest:
            raise RatesError(f"its newest day is {rates[0].rate_date}, older than what is here")
    except (FetchError, RatesError) as error:
        here = f"the rates up to {newest} stay in use" if newest else "there are no ECB rates"
        warehouse.progress.say(f"warning: ECB rates not renewed: {error}; {here}")
        return None
    with warehouse.connect() as connection:
        landed = land_rates(connection, page, rates, run_id, now)
    if landed:
        warehouse.progress.say(f"{page.name}: {landed:,} rates, the newest of {rates[0].rate_date}")
    return landed
