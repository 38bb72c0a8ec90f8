"""Opening hours against a minute-by-minute walk, and the texts that describe them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.business_calendar import (
    Interval,
    Schedule,
    ScheduleError,
    business_intervals,
    parse_schedule,
)
from tests.support.brute_service import Hours, MinuteWalk

DAY = timedelta(days=1)
ZONES = [
    "Europe/Helsinki",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Beirut",  # changes its clock at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",
    "UTC",
]
# Days on which some of these zones change their clock, and days with holidays.
FIRST_DAYS = [
    date(2026, 3, 27),
    date(2026, 3, 6),
    date(2026, 4, 2),
    date(2026, 10, 2),
    date(2026, 10, 23),
    date(2026, 10, 30),
    date(2026, 12, 22),
    date(2026, 6, 17),
    date(2011, 12, 28),  # Samoa skipped the 30th
]


def _calendar(schedule: Schedule, first: date, last: date) -> list[Interval]:
    return list(business_intervals(schedule, first, last))


def _position(calendar: list[Interval], instant: datetime) -> float:
    """The arithmetic of macros/business_time.sql."""
    (interval,) = [i for i in calendar if i.starts_at <= instant < i.ends_at]
    inside = min(instant, interval.closes_at) - interval.opens_at
    return interval.cum_seconds + max(inside.total_seconds(), 0)


def _business_s(calendar: list[Interval], start: datetime, end: datetime) -> float:
    return _position(calendar, end) - _position(calendar, start)


def _instant(text: str, zone: str = "Europe/Helsinki") -> datetime:
    schedule_zone = parse_schedule(zone, None, None).time_zone
    return datetime.fromisoformat(text).replace(tzinfo=schedule_zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "calendar_s", "business_s"),
    [
        pytest.param("2026-04-02 15:00", "2026-04-07 09:00", 410_400, 7_200, id="easter"),
        pytest.param("2026-06-18 15:30", "2026-06-22 08:10", None, 2_400, id="midsummer"),
        pytest.param("2026-03-28 12:00", "2026-03-30 08:30", 156_600, 1_800, id="clock change"),
        pytest.param("2026-12-23 15:00", "2026-12-28 08:15", None, 4_500, id="christmas"),
    ],
)
def test_default_hours_follow_the_example_of_r17(
    start: str, end: str, calendar_s: int | None, business_s: int
) -> None:
    calendar = _calendar(
        parse_schedule("Europe/Helsinki", None, None), date(2026, 1, 1), date(2026, 12, 31)
    )
    begins, ends = _instant(start), _instant(end)
    assert _business_s(calendar, begins, ends) == business_s
    if calendar_s:
        assert (ends - begins).total_seconds() == calendar_s


def test_a_day_taken_off_the_list_of_holidays_is_a_working_day() -> None:
    hours = ("Europe/Helsinki", "mon-sun 08:00-16:00")
    closed = parse_schedule(*hours, "FI, 2026-12-07")
    opened = parse_schedule(*hours, "FI, 2026-12-07, -2026-12-06, -2026-12-07")
    assert not closed.spans_on(date(2026, 12, 6))
    assert not closed.spans_on(date(2026, 12, 7))
    assert opened.spans_on(date(2026, 12, 6)) == ((480, 960),)
    assert opened.spans_on(date(2026, 12, 7)) == ((480, 960),)


def test_a_half_day_replaces_the_hours_of_its_date() -> None:
    schedule = parse_schedule(
        "UTC", "mon-fri 08:00-16:00", "FI, 2026-12-23 08:00-10:00, 2026-12-23 11:00-12:00"
    )
    assert schedule.spans_on(date(2026, 12, 23)) == ((480, 600), (660, 720))
    assert schedule.spans_on(date(2026, 12, 22)) == ((480, 960),)


def test_hours_given_without_holidays_have_none() -> None:
    assert parse_schedule("UTC", "mon-sun 08:00-16:00", None).spans_on(date(2026, 12, 25))
    assert not parse_schedule("UTC", None, None).spans_on(date(2026, 12, 25))


def test_the_default_closes_on_both_eves() -> None:
    default = parse_schedule("Europe/Helsinki", None, None)
    assert not default.spans_on(date(2026, 6, 19))
    assert not default.spans_on(date(2026, 12, 24))


def test_several_intervals_of_a_day_are_open_once() -> None:
    schedule = parse_schedule(
        "UTC", "mon-fri 08:00-12:00, Mon 10:00-14:00, sat-sun 10:00-24:00", None
    )
    assert schedule.weekly[0] == ((480, 840),)
    assert schedule.weekly[1] == ((480, 720),)
    assert schedule.weekly[6] == ((600, 1440),)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("Helsinki", None, None), "time_zone 'Helsinki'"),
        (("UTC", "mon-fry 08:00-16:00", None), "schedule 'mon-fry 08:00-16:00'"),
        (("UTC", "mon-fri 8-16", None), "write 08:00-16:00"),
        (("UTC", "mon-fri", None), "write 08:00-16:00"),
        (("UTC", "mon-fri 22:00-06:00", None), "mon-fri 22:00-24:00, tue-sat 00:00-06:00"),
        (("UTC", "mon-fri 08:00-25:00", None), "00:00 to 24:00"),
        (("UTC", "mon-fri 08:00-16:70", None), "00:00 to 24:00"),
        (("UTC", ",", None), "names no hours"),
        (("UTC", None, "XX"), "holidays 'XX'"),
        (("UTC", None, "2026-02-30"), "no day 2026-02-30"),
        (("UTC", None, "christmas"), "a closed day 2026-12-24"),
        (("UTC", None, "-2026-12-24 08:00-12:00"), "an open day -2026-12-06"),
    ],
)
def test_a_text_that_cannot_be_read_says_what_to_write(
    texts: tuple[str, str | None, str | None], message: str
) -> None:
    with pytest.raises(ScheduleError) as raised:
        parse_schedule(*texts)
    assert message in str(raised.value)


@st.composite
def _weeks(draw: st.DrawFn) -> Hours:
    weekly = []
    for weekday in range(7):
        edges = draw(
            st.lists(
                st.sampled_from([0, 1, 30, 90, 120, 150, 180, 210, 480, 720, 960, 1410, 1440]),
                max_size=4,
                unique=True,
            )
        )
        edges = sorted(edges)[: len(edges) // 2 * 2]
        weekly += [(weekday, a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return Hours(
        time_zone=draw(st.sampled_from(ZONES)),
        weekly=tuple(weekly) or ((0, 0, 1440),),
        country=draw(st.sampled_from([None, "FI", "DE", "US"])),
    )


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[Hours, date, list[datetime]]:
    first = draw(st.sampled_from(FIRST_DAYS))
    days = [first + n * DAY for n in range(6)]
    hours = draw(_weeks())
    hours = Hours(
        time_zone=hours.time_zone,
        weekly=hours.weekly,
        country=hours.country,
        closed=frozenset(draw(st.lists(st.sampled_from(days), max_size=1))),
        reopened=frozenset(draw(st.lists(st.sampled_from(days), max_size=1))),
        half_days=tuple((day, 0, 570) for day in draw(st.lists(st.sampled_from(days), max_size=1))),
    )
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    seconds = draw(st.lists(st.integers(0, 6 * 86_400 - 1), min_size=3, max_size=6))
    return hours, first, sorted(start + timedelta(seconds=s) for s in seconds)


@settings(max_examples=150, deadline=None)
@given(_worlds())
def test_business_time_is_what_a_walk_over_the_minutes_counts(
    world: tuple[Hours, date, list[datetime]],
) -> None:
    hours, first, instants = world
    last = first + 5 * DAY
    schedule = parse_schedule(hours.time_zone, hours.schedule, hours.holidays)
    calendar = _calendar(schedule, first, last)
    walk = MinuteWalk(hours, datetime(first.year, first.month, first.day, tzinfo=UTC), instants[-1])
    for start in instants:
        for end in instants:
            if start <= end:
                business_s = _business_s(calendar, start, end)
                assert business_s == walk.seconds(start, end)
                assert 0 <= business_s <= (end - start).total_seconds()
    for start, middle, end in zip(instants, instants[1:], instants[2:], strict=False):
        parts = _business_s(calendar, start, middle) + _business_s(calendar, middle, end)
        assert parts == _business_s(calendar, start, end)


@settings(max_examples=50, deadline=None)
@given(_weeks(), st.sampled_from(FIRST_DAYS))
def test_intervals_tile_every_day_without_gap_or_overlap(hours: Hours, first: date) -> None:
    calendar = _calendar(
        parse_schedule(hours.time_zone, hours.schedule, hours.holidays), first, first + 9 * DAY
    )
    assert calendar[0].starts_at == datetime(first.year, first.month, first.day, tzinfo=UTC)
    assert calendar[-1].ends_at == calendar[0].starts_at + 10 * DAY
    for before, after in pairwise(calendar):
        assert before.ends_at == after.starts_at
        assert before.closes_at <= after.opens_at
        open_s = (before.closes_at - before.opens_at).total_seconds()
        assert after.cum_seconds == before.cum_seconds + open_s
    for interval in calendar:
        assert interval.starts_at.date() == interval.day
        assert interval.starts_at <= interval.opens_at <= interval.closes_at <= interval.ends_at


def test_a_day_that_never_closes_has_as_many_hours_as_the_clock_gives_it() -> None:
    always = parse_schedule("Europe/Helsinki", "mon-sun 00:00-24:00", None)
    for first, hours in ((date(2026, 3, 28), 23), (date(2026, 10, 24), 25), (date(2026, 6, 1), 24)):
        start = _instant(f"{first + DAY} 00:00")
        end = _instant(f"{first + 2 * DAY} 00:00")
        calendar = _calendar(always, first, first + 3 * DAY)
        assert _business_s(calendar, start, end) == hours * 3600
