"""Days, months and opening hours, against the worked examples of METRICS R2 and R17."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import almanac
from simulator.almanac import OpeningHours, day_of, midnight

HELSINKI = ZoneInfo("Europe/Helsinki")
YEARS = range(2020, 2031)


def local(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=HELSINKI).timestamp())


@pytest.mark.parametrize(
    ("start", "end", "calendar_s", "business_s"),
    [
        ("2026-04-02T15:00", "2026-04-07T09:00", 410_400, 7_200),
        ("2026-06-18T15:30", "2026-06-22T08:10", None, 2_400),
        ("2026-03-28T12:00", "2026-03-30T08:30", 156_600, 1_800),
        ("2026-12-23T15:00", "2026-12-28T08:15", None, 4_500),
    ],
    ids=["easter", "midsummer", "clock change", "christmas"],
)
def test_default_schedule_counts_business_seconds(
    start: str, end: str, calendar_s: int | None, business_s: int
) -> None:
    assert OpeningHours().between(local(start), local(end)) == business_s
    if calendar_s is not None:
        assert local(end) - local(start) == calendar_s


def test_schedule_with_half_day_closed_day_and_opened_holiday() -> None:
    hours = OpeningHours(
        "mon-fri 08:00-12:00, mon-fri 13:00-16:00, sat 10:00-14:00",
        "FI, 2025-12-23 08:00-10:00, 2025-12-22, -2026-01-06",
    )
    assert hours.between(local("2025-12-22T00:00"), local("2025-12-23T00:00")) == 0
    assert hours.between(local("2025-12-23T00:00"), local("2025-12-24T00:00")) == 2 * 3_600
    assert hours.between(local("2026-01-06T00:00"), local("2026-01-07T00:00")) == 7 * 3_600
    assert hours.between(local("2026-01-10T00:00"), local("2026-01-11T00:00")) == 4 * 3_600


def test_local_days_agree_with_the_time_zone_database() -> None:
    for day in range(day_of(2022, 1, 1), day_of(2028, 1, 1)):
        there = date(1970, 1, 1) + timedelta(days=day)
        begins = datetime(there.year, there.month, there.day, tzinfo=HELSINKI).timestamp()
        assert midnight(day) == begins
        assert almanac.local_day(midnight(day)) == day
        assert almanac.local_day(midnight(day) - 1) == day - 1


@given(st.integers(1_640_995_200, 1_830_297_600))
def test_every_instant_is_in_the_month_that_its_local_clock_shows(instant: int) -> None:
    shown = datetime.fromtimestamp(instant, HELSINKI)
    month = almanac.local_month(instant)
    assert month == almanac.month_of(shown.year, shown.month)


def test_holidays_agree_with_a_library_of_holidays() -> None:
    for year in YEARS:
        official = {
            day_of(day.year, day.month, day.day)
            for day in holidays.country_holidays("FI", years=year)
        }
        eves = almanac.finnish_holidays(year) - official
        ours = almanac.finnish_holidays(year)
        # Whit Sunday and the like fall on days that no desk opens.
        assert {day for day in official - ours if almanac.weekday(day) < 5} == set()
        assert all(almanac.weekday(day) < 7 for day in eves)
        assert len(ours) == 15


@given(st.integers(0, 200_000), st.integers(0, 400))
def test_adding_business_time_is_the_inverse_of_measuring_it(wait_s: int, days: int) -> None:
    hours = OpeningHours()
    start = local("2025-01-01T00:00") + days * almanac.DAY_S + 40_000
    assert hours.between(start, hours.after(start, wait_s)) == wait_s
