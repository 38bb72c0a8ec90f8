"""Opening hours: what the texts `schedule` and `holidays` of CONTRACT.md mean, as intervals in UTC.

Pure calendar arithmetic, no database. An instant is inside opening hours when the clock on the
team's wall is: hours that a clock change skips do not exist, hours that it repeats count twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

# METRICS.md R17. The country list holds Midsummer Eve and Christmas Eve as well.
DEFAULT_SCHEDULE = "mon-fri 08:00-16:00"
DEFAULT_HOLIDAYS = "FI"

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60
DAY = timedelta(days=1)

# Minutes from the day's 00:00, [opens, closes).
Span = tuple[int, int]

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAYS = re.compile(r"([a-z]{3})(?:\s*-\s*([a-z]{3}))?")
_DATE = re.compile(r"(-?)(\d{4}-\d{2}-\d{2})(?:\s+(.+))?")
_COUNTRY = re.compile(r"[A-Z]{2}")


class ScheduleError(ValueError):
    """Opening hours that cannot be read; the message says what to write instead."""


@dataclass(frozen=True)
class Schedule:
    """The opening hours of one team in one period of validity."""

    time_zone: ZoneInfo
    weekly: Mapping[int, tuple[Span, ...]]
    countries: tuple[str, ...] = ()
    closed: frozenset[date] = frozenset()
    reopened: frozenset[date] = frozenset()
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The day's hours: those given for the date, else none on a holiday, else the week's."""
        if day in self.special:
            return self.special[day]
        if day not in self.reopened and (
            day in self.closed or any(_is_holiday(country, day) for country in self.countries)
        ):
            return ()
        return self.weekly.get(day.weekday(), ())


@dataclass(frozen=True)
class Interval:
    """A stretch of one UTC day with at most one opening in it.

    The stretches [starts_at, ends_at) tile the day; `cum_seconds` are the open seconds before
    `opens_at` since the calendar's first day. A stretch without opening has opens_at = closes_at.
    """

    day: date
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    cum_seconds: int


@cache
def _country_holidays(country: str) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(country)
    except NotImplementedError as error:
        raise ScheduleError(
            f"{country!r} is no country with a known list of holidays; write its ISO 3166 code, "
            "for example FI, or the closed days one by one, for example 2026-12-24"
        ) from error


@cache
def _is_holiday(country: str, day: date) -> bool:
    return day in _country_holidays(country)


def _union(spans: list[Span]) -> tuple[Span, ...]:
    """Sorted and disjoint: what is named twice is open once."""
    merged: list[Span] = []
    for opens, closes in sorted(spans):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return tuple(merged)


def _span(text: str, part: str) -> Span:
    match = _HOURS.fullmatch(text.strip())
    if not match:
        raise ScheduleError(f"{part!r}: {text!r} is no time of day; write 08:00-16:00")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    opens, closes = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or max(opens, closes) > MIDNIGHT:
        raise ScheduleError(f"{part!r}: a day runs from 00:00 to 24:00; write 08:00-16:00")
    if opens >= closes:
        raise ScheduleError(
            f"{part!r} ends before it begins; write a night as two parts, for example "
            "mon-fri 22:00-24:00, tue-sat 00:00-06:00"
        )
    return opens, closes


def _weekdays(text: str, part: str) -> list[int]:
    match = _DAYS.fullmatch(text.strip().lower())
    names = [name for name in match.groups() if name] if match else []
    if not names or any(name not in WEEKDAYS for name in names):
        raise ScheduleError(
            f"{part!r}: {text!r} are no days of the week; write mon-fri 08:00-16:00 or "
            "sat 10:00-14:00"
        )
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return [(first + offset) % 7 for offset in range((last - first) % 7 + 1)]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def parse_week(text: str) -> dict[int, tuple[Span, ...]]:
    """`mon-fri 08:00-12:00, sat 10:00-14:00` → hours per weekday (0 = Monday).

    Raises ScheduleError.
    """
    spans: dict[int, list[Span]] = {}
    for part in _parts(text):
        days, _, hours = part.partition(" ")
        span = _span(hours, part)
        for weekday in _weekdays(days, part):
            spans.setdefault(weekday, []).append(span)
    if not spans:
        raise ScheduleError(f"{text!r} names no hours; write mon-fri 08:00-16:00")
    return {weekday: _union(found) for weekday, found in spans.items()}


def _date(text: str, part: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ScheduleError(f"{part!r}: there is no day {text}") from error


def parse_schedule(time_zone: str, schedule: str | None, holidays_text: str | None) -> Schedule:
    """The three texts of a team. Without `schedule` the hours of R17, and then without `holidays`
    its holidays.

    Raises ScheduleError naming the field and the text.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleError(
            f"time_zone {time_zone!r} is no IANA time zone; write for example Europe/Helsinki"
        ) from error
    try:
        weekly = parse_week(schedule or DEFAULT_SCHEDULE)
    except ScheduleError as error:
        raise ScheduleError(f"schedule {error}") from error
    if holidays_text is None and schedule is None:
        holidays_text = DEFAULT_HOLIDAYS

    countries: list[str] = []
    closed: set[date] = set()
    reopened: set[date] = set()
    special: dict[date, list[Span]] = {}
    try:
        for part in _parts(holidays_text or ""):
            if _COUNTRY.fullmatch(part):
                _country_holidays(part)
                countries.append(part)
                continue
            match = _DATE.fullmatch(part)
            if not match or (match[1] and match[3]):
                raise ScheduleError(
                    f"{part!r} is none of: a country code FI, a closed day 2026-12-24, a half day "
                    "2026-12-23 08:00-12:00, an open day -2026-12-06"
                )
            day = _date(match[2], part)
            if match[1]:
                reopened.add(day)
            elif match[3]:
                special.setdefault(day, []).append(_span(match[3], part))
            else:
                closed.add(day)
    except ScheduleError as error:
        raise ScheduleError(f"holidays {error}") from error
    return Schedule(
        time_zone=zone,
        weekly=weekly,
        countries=tuple(countries),
        closed=frozenset(closed),
        reopened=frozenset(reopened),
        special={day: _union(spans) for day, spans in special.items()},
    )


def _offset_changes(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, timedelta]]:
    """The instants in [start, end) from which on the zone's offset is another, and the offset."""

    def offset(instant: datetime) -> timedelta:
        return instant.astimezone(zone).utcoffset() or timedelta()

    # No zone changes its clock twice within half a day.
    step = DAY / 2
    yield start, offset(start)
    before = start
    while before < end:
        after = before + step
        if offset(before) != offset(after):
            low, high = before, after
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            yield high, offset(high)
        before = after


def _open_ranges(
    schedule: Schedule, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of [start, end) inside opening hours, in order; neighbours may touch."""
    changes = list(_offset_changes(schedule.time_zone, start, end))
    for (begins, offset), (ceases, _) in pairwise([*changes, (end, timedelta())]):
        ceases = min(ceases, end)
        # Within one offset the wall clock runs evenly.
        day = (begins + offset).date()
        while datetime.combine(day, time(), UTC) - offset < ceases:
            midnight = datetime.combine(day, time(), UTC) - offset
            for opens, closes in schedule.spans_on(day):
                opens_at = max(midnight + timedelta(minutes=opens), begins)
                closes_at = min(midnight + timedelta(minutes=closes), ceases)
                if opens_at < closes_at:
                    yield opens_at, closes_at
            day += DAY


def _split_at_midnights(
    ranges: Iterator[tuple[datetime, datetime]],
) -> dict[date, list[tuple[datetime, datetime]]]:
    by_day: dict[date, list[tuple[datetime, datetime]]] = {}
    for opens_at, closes_at in ranges:
        while opens_at < closes_at:
            day = opens_at.date()
            until = min(closes_at, datetime.combine(day + DAY, time(), UTC))
            by_day.setdefault(day, []).append((opens_at, until))
            opens_at = until
    return by_day


def business_intervals(schedule: Schedule, first: date, last: date) -> Iterator[Interval]:
    """Tile the UTC days `first` to `last`, both included."""
    start = datetime.combine(first, time(), UTC)
    by_day = _split_at_midnights(
        _open_ranges(schedule, start, datetime.combine(last + DAY, time(), UTC))
    )
    cum_seconds = 0
    day = first
    while day <= last:
        starts_at = datetime.combine(day, time(), UTC)
        tomorrow = starts_at + DAY
        openings = by_day.get(day, [(starts_at, starts_at)])
        for position, (opens_at, closes_at) in enumerate(openings, start=1):
            ends_at = tomorrow if position == len(openings) else closes_at
            yield Interval(day, starts_at, ends_at, opens_at, closes_at, cum_seconds)
            cum_seconds += round((closes_at - opens_at).total_seconds())
            starts_at = ends_at
        day += DAY
