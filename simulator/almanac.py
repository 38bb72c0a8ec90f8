"""Days, months and opening hours of Finland, in integers.

An instant is whole seconds since 1970 in UTC, a day is the number of its local date since
1970-01-01, a month is year * 12 + month - 1. Worked out from the rules themselves (the European
clock change, Easter), so that no time-zone table or holiday library is shared with
the warehouse.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_YEAR, _LAST_YEAR = 2015, 2035


def day_of(year: int, month: int, day: int) -> int:
    """The day number of a calendar date."""
    return date(year, month, day).toordinal() - _EPOCH


def date_of(day: int) -> date:
    """The calendar date of a day number."""
    return date.fromordinal(day + _EPOCH)


def month_of(year: int, month: int) -> int:
    """The month number of a calendar month."""
    return year * 12 + month - 1


def weekday(day: int) -> int:
    """0 for Monday to 6 for Sunday."""
    return (day + 3) % 7


def _last_sunday(year: int, month: int) -> int:
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last.toordinal() - _EPOCH - (last.weekday() + 1) % 7


FIRST_DAY = day_of(_FIRST_YEAR, 1, 1)
_SUMMERS = [
    (_last_sunday(year, 3), _last_sunday(year, 10)) for year in range(_FIRST_YEAR, _LAST_YEAR + 1)
]
_SUMMER_DAYS = {day for start, end in _SUMMERS for day in range(start + 1, end + 1)}
_DAYS = range(FIRST_DAY, day_of(_LAST_YEAR, 12, 31))
_MIDNIGHTS = [day * DAY_S - (10_800 if day in _SUMMER_DAYS else 7_200) for day in _DAYS]
_MONTHS = [month_of(date_of(day).year, date_of(day).month) for day in _DAYS]
_DATE_TEXTS = [date_of(day).isoformat() for day in _DAYS]


def midnight(day: int) -> int:
    """The instant at which a local day begins."""
    return _MIDNIGHTS[day - FIRST_DAY]


def local_day(instant: int) -> int:
    """The local day that an instant falls on."""
    day = (instant + 7_200) // DAY_S
    return day + 1 if instant >= _MIDNIGHTS[day + 1 - FIRST_DAY] else day


def is_midnight(instant: int) -> bool:
    """Whether a local day begins at this instant."""
    return _MIDNIGHTS[local_day(instant) - FIRST_DAY] == instant


def day_month(day: int) -> int:
    """The month that a day is in."""
    return _MONTHS[day - FIRST_DAY]


def local_month(instant: int) -> int:
    """The local month that an instant is in."""
    return _MONTHS[local_day(instant) - FIRST_DAY]


_FIRST_MONTH = month_of(_FIRST_YEAR, 1)
_FIRST_DAYS = [
    day_of(month // 12, month % 12 + 1, 1)
    for month in range(_FIRST_MONTH, month_of(_LAST_YEAR, 12) + 1)
]


def first_day(month: int) -> int:
    """The first day of a month."""
    return _FIRST_DAYS[month - _FIRST_MONTH]


def month_start(month: int) -> int:
    """The instant at which a month begins: M0 of METRICS R2."""
    return midnight(first_day(month))


def add_months(day: int, months: int) -> int:
    """The same day of a later month; the caller keeps to days 1-28."""
    there = date_of(day)
    month = there.year * 12 + there.month - 1 + months
    return day_of(month // 12, month % 12 + 1, there.day)


def date_text(day: int) -> str:
    """ISO date of a day."""
    return _DATE_TEXTS[day - FIRST_DAY]


def month_text(month: int) -> str:
    """ISO date of the first day of a month."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}-01"


def utc(instant: int) -> datetime:
    """The instant as an aware datetime."""
    return datetime.fromtimestamp(instant, UTC)


@cache
def easter_sunday(year: int) -> int:
    """Easter Sunday by the anonymous Gregorian algorithm."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    j = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * j) // 433
    month = (h + j - 7 * m + 90) // 25
    return day_of(year, month, (h + j - 7 * m + 33 * month + 19) % 32)


@cache
def finnish_holidays(year: int) -> frozenset[int]:
    """Public holidays of Finland with Midsummer Eve and Christmas Eve (METRICS R17)."""
    easter = easter_sunday(year)
    midsummer = next(
        day for day in range(day_of(year, 6, 20), day_of(year, 6, 27)) if weekday(day) == 5
    )
    all_saints = next(
        day for day in range(day_of(year, 10, 31), day_of(year, 11, 7)) if weekday(day) == 5
    )
    fixed = [(1, 1), (1, 6), (5, 1), (12, 6), (12, 24), (12, 25), (12, 26)]
    return frozenset(
        [day_of(year, month, day) for month, day in fixed]
        + [easter - 2, easter, easter + 1, easter + 39, easter + 49]
        + [midsummer - 1, midsummer, all_saints]
    )


def is_target_day(day: int) -> bool:
    """Whether the ECB publishes reference rates: a weekday that is no TARGET holiday."""
    there = date_of(day)
    easter = easter_sunday(there.year)
    closed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    return (
        weekday(day) < 5
        and (there.month, there.day) not in closed
        and day not in (easter - 2, easter + 1)
    )


_DAY_NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DEFAULT_SCHEDULE = "mon-fri 08:00-16:00"
_Hours = list[tuple[int, int]]


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3_600 + int(minutes) * 60


def _span(text: str) -> tuple[int, int]:
    start, end = text.split("-")
    return _seconds(start), _seconds(end)


@dataclass
class OpeningHours:
    """A team's opening hours: which seconds of which days count as business time.

    `schedule` and `holidays` are written as CONTRACT.md says.
    """

    schedule: str | None = None
    holidays: str | None = None

    def __post_init__(self) -> None:
        self._weekly: dict[int, _Hours] = {day: [] for day in range(7)}
        for part in (self.schedule or DEFAULT_SCHEDULE).split(", "):
            days, hours = part.split(" ")
            first, _, last = days.partition("-")
            start = _DAY_NAMES.index(first)
            end = _DAY_NAMES.index(last) if last else start
            for day in range(start, end + 1):
                self._weekly[day].append(_span(hours))
        spoken = self.holidays if self.schedule else "FI"
        parts = spoken.split(", ") if spoken else []
        self._is_finnish = "FI" in parts
        self._special: dict[int, _Hours] = {}
        self._opened: set[int] = set()
        for part in parts:
            found = re.fullmatch(r"(-?)(\d{4})-(\d\d)-(\d\d)(?: (.+))?", part)
            if found is None:
                continue
            opened, *numbers, hours = found.groups()
            number = day_of(*(int(part) for part in numbers))
            if opened:
                self._opened.add(number)
            else:
                self._special[number] = [_span(hours)] if hours else []
        self._starts: list[int] = []
        self._before: list[int] = []
        self._build()

    def spans(self, day: int) -> _Hours:
        """Opening seconds of the local clock on a day; empty when closed."""
        if day in self._special:
            return self._special[day]
        is_holiday = self._is_finnish and day in finnish_holidays(date_of(day).year)
        if is_holiday and day not in self._opened:
            return []
        return self._weekly[weekday(day)]

    def _build(self) -> None:
        """Lay out every opening span, with the business seconds before each."""
        total = 0
        self._ends: list[int] = []
        for day in _DAYS:
            for start, end in sorted(self.spans(day)):
                self._starts.append(midnight(day) + start)
                self._ends.append(midnight(day) + end)
                self._before.append(total)
                total += end - start

    def _until(self, instant: int) -> int:
        at = bisect_right(self._starts, instant) - 1
        return self._before[at] + min(instant, self._ends[at]) - self._starts[at]

    def between(self, start: int, end: int) -> int:
        """Business seconds in [start, end)."""
        return self._until(end) - self._until(start)

    def after(self, instant: int, business_s: int) -> int:
        """The instant at which so many business seconds have passed since `instant`."""
        wanted = self._until(instant) + business_s
        at = bisect_right(self._before, wanted) - 1
        return self._starts[at] + wanted - self._before[at]
