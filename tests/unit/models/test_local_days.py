"""The short way to an instant's local day, beside the long one."""

from __future__ import annotations

import pytest

from pipelines.settings import Home
from tests.support.dbt import WarehouseUnderTest, invoke, manifest

# Two hours of summer, none, half an hour of it, negative and odd offsets, and changes of law.
ZONES = (
    "Europe/Helsinki", "UTC", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu",
    "Africa/Casablanca", "Pacific/Apia", "America/Argentina/Ushuaia", "Antarctica/Troll",
)  # fmt: skip
# Every 37 minutes and some, before, within and after the years in which the short way is taken.
INSTANTS = """
    select timestamptz '{start}' + to_microseconds(n * 2220000001) as happened_at
    from range({n}) as numbers (n)
"""


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_is_that_of_the_reporting_time_zone(
    warehouse: WarehouseUnderTest, warehouse_template: Home, zone: str
) -> None:
    compiled = invoke(
        warehouse.home,
        [
            "compile",
            "--inline",
            "{{ local_date('happened_at') }}",
            "--vars",
            f"reporting_tz: {zone}",
        ],
        manifest(warehouse_template),
    )
    day = compiled.results[0].node.compiled_code
    for start, n in (("1905-01-01", 20_000), ("2009-06-01", 450_000), ("2037-06-01", 30_000)):
        wrong = warehouse.query(
            f"select happened_at from ({INSTANTS.format(start=start, n=n)}) "
            f"where {day} <> cast(timezone('{zone}', happened_at) as date) limit 1"
        )
        assert not wrong
