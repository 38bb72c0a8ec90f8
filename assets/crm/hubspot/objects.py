"""Records of the CRM: which ids there are, or have changed, and then the records in batches.

A listing and a search say ids alone; what a record holds is read by its id. So the list of
properties, which may be long, stands in a body, and no address grows too long for it; the search
index, which lags, is never believed about content; and a record looks the same however it came.

A search goes on after the last id, never by an offset: HubSpot shows the first 10,000 results of a
search and no more, and any number of records may have been modified in the same instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import orjson

from assets.api.client import Api, NotFoundError
from assets.api.intake import Intake, Step
from assets.api.landing import Chunk, Reading
from assets.api.paging import ImplausibleError, Page, PageError, Record, walk
from assets.crm.hubspot.options import Options
from assets.crm.hubspot.portal import READING, REREAD_PAUSE_S, SEARCHING
from assets.crm.hubspot.streams import Objects

_LISTED_AT_ONCE, _FOUND_AT_ONCE = 100, 200
_READ_AT_ONCE, _READ_AT_ONCE_WITH_HISTORY = 100, 50
# The search index shows a change some time after it was made.
_OVERLAP = timedelta(minutes=15)
_MERGED = "hs_merged_object_ids"
# Needed of any object, whatever HubSpot says of how they are made.
_ALWAYS = ("hs_object_id", _MERGED)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Position:
    """Where the reading of a stream stands.

    Everything that was modified until `since`, in ms, has been read. `listed_at` is when a full
    listing last ended, `listing` where the one under way goes on. A search under way began when
    `until` was the newest change, and goes on after the id `found`.
    """

    since: int
    listed_at: str | None = None
    listing: str | None = None
    until: int | None = None
    found: str | None = None

    def dump(self, **changes: Any) -> str:
        return orjson.dumps(asdict(replace(self, **changes))).decode()


class ObjectsReader:
    """One run's reading of one type of object."""

    def __init__(self, stream: Objects, api: Api, intake: Intake, options: Options) -> None:
        self._stream = stream
        self._api = api
        self._intake = intake
        self._landing = intake.landing
        self._options = options
        self._properties: list[str] = []

    def steps(self) -> Iterator[Step]:
        """All there is the first time, then what changed; all again when a sweep is due."""
        listing = Reading(self._stream.name, "listing"), self._list
        if not self._is_listed():
            yield listing
        if self._is_listed():
            yield Reading(self._stream.name, "changes"), self._follow
            if self._is_sweep_due():
                yield listing

    def _position(self) -> _Position | None:
        cursor = self._landing.cursor(self._stream.name)
        return _Position(**orjson.loads(cursor)) if cursor else None

    def _is_listed(self) -> bool:
        position = self._position()
        return position is not None and position.listed_at is not None

    def _is_sweep_due(self) -> bool:
        position = self._position()
        if position is None or position.listed_at is None or position.listing is not None:
            return True
        age = self._api.clock.now() - datetime.fromisoformat(position.listed_at)
        return age >= timedelta(days=self._options.sweep_days)

    def _list(self, reading: Reading) -> None:
        """Every live object, by id, from where the last committed chunk ended."""
        self._learn_properties()
        position = self._position()
        if position is None or position.listing is None:
            # Before the list begins: what changes meanwhile is found by the search after it.
            since = self._newest_change() if position is None else position.since
            position = replace(position or _Position(since), listing="")
            self._landing.begin_listing(self._stream.name, position.dump())
        pages = walk(partial(self._list_page, False), position.listing or None, self._pause)
        whole = (
            replace(
                page,
                records=self._read([record.id for record in page.records if self._is_in(record)]),
                next_cursor=page.next_cursor and position.dump(listing=page.next_cursor),
            )
            for page in pages
        )
        self._intake.land(reading, whole, is_listing=True)
        listed = position.dump(listing=None, listed_at=self._api.clock.now().isoformat())
        self._intake.end_listing(reading, self._find, listed)

    def _follow(self, reading: Reading) -> None:
        """What was modified since the last run, and what is archived."""
        self._learn_properties()
        position = self._position()
        assert position is not None
        if position.until is None:
            # Before the search begins: what is modified meanwhile may have an id already passed.
            until = max(self._newest_change(), position.since)
            position = replace(position, until=until)
        pages = walk(partial(self._search_page, position.since), position.found, self._pause)
        changed = (
            replace(
                page,
                records=self._read(self._fresh(page)),
                next_cursor=page.next_cursor and position.dump(found=page.next_cursor),
            )
            for page in pages
        )
        self._intake.land(reading, changed)
        read_to = position.dump(since=position.until, until=None, found=None)
        self._landing.land(Chunk(cursors={self._stream.name: read_to}))
        self._intake.land(reading, self._archived(reading))

    def _archived(self, reading: Reading) -> Iterator[Page]:
        """Archived objects that are not here as such; HubSpot lists them for 90 days."""
        for page in walk(partial(self._list_page, True), None, self._pause):
            standing = self._landing.standing(self._stream.name, [r.id for r in page.records])
            ids = [
                record.id
                for record in page.records
                if self._is_in(record)
                and not (record.id in standing and standing[record.id].is_deleted)
            ]
            records = self._read(ids, archived=True)
            reading.deleted_n += len(records)
            yield replace(page, records=records, next_cursor=None)

    def _fresh(self, page: Page) -> list[str]:
        """Ids of a search that are not here as it says that they are."""
        standing = self._landing.standing(self._stream.name, [r.id for r in page.records])
        return [
            record.id
            for record in page.records
            if self._is_in(record)
            and (
                record.id not in standing
                or standing[record.id].is_deleted
                or standing[record.id].cursor != record.cursor
            )
        ]

    def _is_in(self, record: Record) -> bool:
        """Whether it was created at the start date of sources.toml or later."""
        if not self._stream.is_dated or self._options.start is None:
            return True
        begin = datetime.combine(self._options.start, time(), UTC)
        return _ms((record.payload or {})["createdAt"]) >= _ms(begin.isoformat())

    def _learn_properties(self) -> None:
        """The properties that there are today: those that a person or an app writes."""
        if self._properties:
            return
        defined = next(walk(self._defined, None, self._pause)).records
        names = {record.id for record in defined}
        if self._stream.modified not in names:
            raise PageError(f"no property {self._stream.modified} is defined")
        needed = {*_ALWAYS, self._stream.modified, *self._stream.calculated}
        self._properties = sorted(
            record.id
            for record in defined
            if record.id in needed or not (record.payload or {}).get("calculated")
        )
        self._landing.note_parts(self._stream.name, "properties", self._properties)

    def _defined(self, _cursor: str | None) -> Page:
        answer = self._api.get(self._stream.properties_path, [("archived", "false")], READING)
        rows = _results(answer, key="name")
        return Page([Record(row["name"], row) for row in rows], False, None)

    def _newest_change(self) -> int:
        """HubSpot's time of the newest change; never this machine's."""
        sort = {"propertyName": self._stream.modified, "direction": "DESCENDING"}
        page = next(walk(lambda _: self._searched([], sort, 1), None, self._pause))
        return max((_ms(record.cursor or "0") for record in page.records), default=0)

    def _search_page(self, since: int, after: str | None) -> Page:
        """The next ids that were modified; in their own order, so that none can slip past."""
        begin = max(since - int(_OVERLAP.total_seconds() * 1000), 0)
        filters = [_filter(self._stream.modified, "GTE", str(begin))]
        if after is not None:
            filters.append(_filter("hs_object_id", "GT", after))
        sort = {"propertyName": "hs_object_id", "direction": "ASCENDING"}
        page = self._searched(filters, sort, _FOUND_AT_ONCE)
        numbers = [int(after or 0), *(int(record.id) for record in page.records)]
        if numbers != sorted(set(numbers)):
            raise ImplausibleError("found objects that do not come after the last one")
        return page

    def _searched(
        self, filters: Sequence[Mapping[str, str]], sort: Mapping[str, str], limit: int
    ) -> Page:
        body = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": [sort],
            "properties": [self._stream.modified],
            "limit": limit,
        }
        answer = self._api.post(f"{self._stream.path}/search", body, buckets=SEARCHING)
        records = [_record(self._stream, row) for row in _results(answer)]
        return Page(records, _after(answer) is not None, records[-1].id if records else None)

    def _list_page(self, archived: bool, after: str | None) -> Page:
        params = [("limit", str(_LISTED_AT_ONCE)), ("archived", str(archived).lower())]
        if after is not None:
            params.append(("after", after))
        answer = self._api.get(self._stream.path, params, READING)
        records = [_record(self._stream, row) for row in _results(answer)]
        if any(record.is_deleted != archived for record in records):
            raise ImplausibleError("a list of other objects than the ones asked for")
        return Page(records, _after(answer) is not None, _after(answer))

    def _find(self, id_: str) -> Record:
        """What became of an object that no list shows any more."""
        for archived in (False, True):
            if found := [record for record in self._read([id_], archived) if record.id == id_]:
                return found[0]
        return Record(id_, None, is_deleted=True)

    def _read(self, ids: Sequence[str], archived: bool = False) -> list[Record]:
        """The objects of these ids as they are now, and the ones that were merged into them."""
        size = _READ_AT_ONCE_WITH_HISTORY if self._stream.history else _READ_AT_ONCE
        records: list[Record] = []
        for start in range(0, len(ids), size):
            batch = partial(self._batch, ids[start : start + size], archived)
            records.extend(next(walk(batch, None, self._pause)).records)
        return [*records, *self._merged(records)]

    def _batch(self, ids: Sequence[str], archived: bool, _cursor: str | None) -> Page:
        body: dict[str, Any] = {
            "inputs": [{"id": id_} for id_ in ids],
            "properties": self._properties,
        }
        if self._stream.history:
            body["propertiesWithHistory"] = self._stream.history
        params = [("archived", str(archived).lower())]
        try:
            answer = self._api.post(f"{self._stream.path}/batch/read", body, params, READING)
        except NotFoundError as error:
            if not _is_about_objects(error.body):
                raise
            return Page([], False, None)
        records = [_record(self._stream, row) for row in _results(answer)]
        told = {*(record.id for record in records), *_not_found(answer)}
        told.update(id_ for record in records for id_ in _merged_ids(record))
        if not told.issuperset(ids):
            raise ImplausibleError("an answer that leaves out objects that were asked for")
        return Page([record for record in records if record.id in ids], False, None)

    def _merged(self, records: Iterable[Record]) -> list[Record]:
        """Objects that are here and were merged into one of these: HubSpot lists them nowhere."""
        ids = [id_ for record in records for id_ in _merged_ids(record)]
        standing = self._landing.standing(self._stream.name, ids)
        return [
            Record(id_, None, is_deleted=True)
            for id_ in ids
            if id_ in standing and not standing[id_].is_deleted
        ]

    def _pause(self) -> None:
        self._api.clock.sleep(REREAD_PAUSE_S)


def _filter(name: str, operator: str, value: str) -> Mapping[str, str]:
    return {"propertyName": name, "operator": operator, "value": value}


def _results(body: Any, key: str = "id") -> list[dict[str, Any]]:
    """The rows of an answer."""
    rows = body.get("results") if isinstance(body, dict) else None
    is_list = isinstance(rows, list) and all(
        isinstance(row, dict) and isinstance(row.get(key), str) for row in rows
    )
    if not is_list:
        raise ImplausibleError(f"an answer that is no list of rows with {key}")
    assert isinstance(rows, list)
    return rows


def _after(body: Mapping[str, Any]) -> str | None:
    """Where the next page begins. The link beside it may name any host, and is not followed."""
    after = ((body.get("paging") or {}).get("next") or {}).get("after")
    return None if after is None else str(after)


def _record(stream: Objects, row: Mapping[str, Any]) -> Record:
    properties = row.get("properties")
    if not isinstance(properties, dict) or not row["id"].isdigit():
        raise ImplausibleError(f"one of the {stream.name} without properties or a number")
    _ms(row.get("createdAt") or "")
    modified = properties.get(stream.modified)
    if modified is not None:
        _ms(modified)
    return Record(row["id"], row, modified, row.get("archived") is True)


def _ms(instant: str) -> int:
    """ms of an instant: HubSpot says them as ISO 8601, and here and there as ms already."""
    if instant.isdigit():
        return int(instant)
    try:
        return (datetime.fromisoformat(instant) - _UNIX) // timedelta(milliseconds=1)
    except (ValueError, TypeError) as error:
        raise ImplausibleError(f"a time that is none: {instant!r}") from error


def _merged_ids(record: Record) -> list[str]:
    merged = ((record.payload or {}).get("properties") or {}).get(_MERGED)
    return [id_ for id_ in str(merged or "").split(";") if id_ not in ("", record.id)]


def _is_about_objects(body: Any) -> bool:
    return isinstance(body, dict) and body.get("category") == "OBJECT_NOT_FOUND"


def _not_found(body: Mapping[str, Any]) -> Iterator[str]:
    """Ids that the answer itself says are not there."""
    for error in body.get("errors") or ():
        if not _is_about_objects(error):
            raise ImplausibleError(f"an answer in parts: {error}"[:300])
        yield from (error.get("context") or {}).get("ids") or ()
