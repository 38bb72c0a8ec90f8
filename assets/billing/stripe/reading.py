"""How Stripe is read: full listings, and the feed of events as what changed since.

What belongs here: Stripe's paging, its error bodies and the order of things in a run. What does
not: which streams there are (streams.py), and how records land (assets/api/landing.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import orjson

from assets.api.client import (
    Api,
    ApiError,
    Bearer,
    CredentialsError,
    NotFoundError,
    RefusedError,
    ScopeError,
)
from assets.api.clock import Clock
from assets.api.intake import RECORDS_PER_CHUNK, Intake, Step
from assets.api.landing import Chunk, Landing, Reading
from assets.api.limiter import Bucket
from assets.api.paging import REREADS, ImplausibleError, Page, PageError, Record, walk
from assets.billing.stripe.options import Options
from assets.billing.stripe.streams import EVENT_STREAM, EVENTS, STREAMS, VERSION, Child, Stream

_READ = Bucket("read", 1, 1.0)
_PAGE_SIZE = 100
_EVENTS_PER_CHUNK = 100
_REREAD_PAUSE_S = 1.0
# A list goes on after the last object read, or after one before it if that was deleted meanwhile.
_ANCHORS_N = 5
# Events may appear late, and only those of 30 days can be read.
_OVERLAP = timedelta(minutes=10)
_GAP = timedelta(days=29)
_NAMED_SCOPE = re.compile(r"\brak_\w+")


def connect(options: Options, clock: Clock | None = None) -> Api:
    """Stripe, as the options say."""
    headers = {"Stripe-Version": VERSION}
    if options.account:
        headers["Stripe-Account"] = options.account
    return Api(
        options.base_url,
        Bearer(options.key),
        [Bucket(_READ.name, options.requests_per_second, _READ.seconds)],
        headers=headers,
        should_retry=_should_retry,
        clock=clock,
    )


def _should_retry(_status: int, headers: Mapping[str, str], _body: Any) -> bool | None:
    """Stripe knows better than its status whether to ask again."""
    return {"true": True, "false": False}.get(headers.get("Stripe-Should-Retry", ""))


def missing_scope(error: ScopeError, stream: Stream) -> str:
    """What to add to the key: what Stripe names, else what the stream is known to need."""
    named = _NAMED_SCOPE.search(str(error))
    return named.group() if named else stream.scope


class Reader:
    """One run's reading of Stripe."""

    def __init__(
        self,
        api: Api,
        landing: Landing,
        options: Options,
        records_per_chunk: int = RECORDS_PER_CHUNK,
    ) -> None:
        self._api = api
        self._landing = landing
        self._options = options
        self._intake = Intake(api, landing, records_per_chunk)
        self._by_object = {stream.object: stream for stream in options.streams}

    def read(self) -> list[Reading]:
        """List what is due, then follow the feed. Raises SourceError after all was tried."""
        # Staging reads them all, whichever are configured.
        self._landing.create_tables([EVENTS, *(stream.name for stream in STREAMS)])
        return self._intake.take(self._steps(), self._problem)

    def _steps(self) -> Iterator[Step]:
        """What this run has to read, in order; the feed's position comes before any listing."""
        position = self._landing.cursor(EVENTS)
        if position is None or self._is_gap(position):
            yield Reading(EVENTS, "position"), self._begin_feed
        for stream in self._options.streams:
            if self._is_listing_due(stream):
                yield Reading(stream.name, "listing"), partial(self._list, stream)
        if self._landing.cursor(EVENTS) is not None:
            yield Reading(EVENTS, "feed"), self._follow

    def _problem(self, stream_name: str, error: ApiError) -> str:
        name = f"stripe {stream_name}"
        if isinstance(error, CredentialsError):
            return (
                f"{name}: Stripe does not know the key; is it revoked, or of another mode? {error}"
            )
        if isinstance(error, ScopeError):
            known = {stream.name: stream for stream in (*self._options.streams, EVENT_STREAM)}
            return f"{name}: the key lacks {missing_scope(error, known[stream_name])}: {error}"
        return f"{name}: {error}"

    def _is_listing_due(self, stream: Stream) -> bool:
        cursor = self._landing.cursor(stream.name)
        if cursor is None or "listed_at" not in orjson.loads(cursor):
            return True
        listed_at = datetime.fromisoformat(orjson.loads(cursor)["listed_at"])
        return self._api.clock.now() - listed_at >= timedelta(days=self._options.sweep_days)

    def _is_gap(self, position: str) -> bool:
        read_at = datetime.fromisoformat(orjson.loads(position)["read_at"])
        return self._api.clock.now() - read_at > _GAP

    def _begin_feed(self, reading: Reading) -> None:
        """Take the feed's position, and list every stream anew: what came before is not told."""
        newest = next(walk(self._newest_event, None, self._pause)).records
        reading.pages_n, reading.records_n = 1, len(newest)
        now = self._api.clock.now()
        # Stripe's time, never this machine's.
        at = int(newest[0].cursor or 0) if newest else 0
        for stream in self._options.streams:
            self._landing.begin_listing(stream.name, _listing_cursor())
        self._landing.land(Chunk(cursors={EVENTS: _position(at, now)}))

    def _newest_event(self, _cursor: str | None) -> Page:
        return self._page(EVENT_STREAM, [("limit", "1")])

    def _list(self, stream: Stream, reading: Reading) -> None:
        """Everything there is, newest first, from where the last committed chunk ended."""
        cursor = self._landing.cursor(stream.name)
        if cursor is None or "listed_at" in orjson.loads(cursor):
            cursor = _listing_cursor()
            self._landing.begin_listing(stream.name, cursor)
        pages = walk(partial(self._list_page, stream), cursor, self._pause)
        whole = (
            replace(page, records=[self._whole(stream, record) for record in page.records])
            for page in pages
        )
        self._intake.land(reading, whole, is_listing=True)
        now = self._api.clock.now()
        listed = orjson.dumps({"listed_at": now}).decode()
        self._intake.end_listing(reading, partial(self._fetch, stream), listed)

    def _follow(self, reading: Reading) -> None:
        """Fetch anew what the feed says has changed, oldest change first."""
        position = orjson.loads(self._landing.cursor(EVENTS) or b"{}")
        since = position["at"] - int(_OVERLAP.total_seconds())
        began = self._api.clock.now()
        events: list[Record] = []
        read = partial(self._list_page, EVENT_STREAM, extra=[("created[gte]", str(since))])
        for page in walk(read, _listing_cursor(), self._pause):
            reading.pages_n += 1
            events.extend(page.records)
        known = self._landing.known(EVENTS, [event.id for event in events])
        fresh = [event for event in reversed(events) if event.id not in known]
        reading.records_n = len(fresh)
        at, fetched = position["at"], set[tuple[str, str]]()
        for start in range(0, len(fresh), _EVENTS_PER_CHUNK):
            batch = fresh[start : start + _EVENTS_PER_CHUNK]
            chunk = Chunk()
            for event in batch:
                for stream, id_ in self._changed(event):
                    if (stream.name, id_) not in fetched:
                        fetched.add((stream.name, id_))
                        chunk.add(stream.name, [self._fetch_changed(stream, id_, event)])
            chunk.add(EVENTS, batch)
            at = max([at, *(int(event.cursor or 0) for event in batch)])
            # Not read to the end yet: the position of a gap stays where it was.
            chunk.cursors[EVENTS] = orjson.dumps({**position, "at": at}).decode()
            reading.landed_n += self._landing.land(chunk)
            self._landing.log(self._api.drain_log())
        self._landing.land(Chunk(cursors={EVENTS: _position(at, began)}))

    def _changed(self, event: Record) -> Iterator[tuple[Stream, str]]:
        """The objects that an event is about."""
        changed = ((event.payload or {}).get("data") or {}).get("object") or {}
        if (stream := self._by_object.get(str(changed.get("object")))) and changed.get("id"):
            yield stream, changed["id"]
        if changed.get("object") == "discount":
            for name in ("customer", "subscription", "invoice"):
                if (stream := self._by_object.get(name)) and isinstance(changed.get(name), str):
                    yield stream, changed[name]

    def _fetch_changed(self, stream: Stream, id_: str, event: Record) -> Record:
        """The object of an event; one that cannot be found yet gets some time to appear."""
        record = self._fetch(stream, id_)
        rereads = 0
        is_deletion = str((event.payload or {}).get("type")).endswith(".deleted")
        while record.payload is None and not is_deletion and rereads < REREADS:
            self._pause()
            record = self._fetch(stream, id_)
            rereads += 1
        return record

    def _fetch(self, stream: Stream, id_: str) -> Record:
        """An object by its id, as it is now."""
        try:
            payload = self._api.get(
                f"{stream.path}/{quote(id_, safe='')}",
                [("expand[]", field) for field in stream.expand],
                [_READ.name],
            )
        except NotFoundError:
            return Record(id_, None, is_deleted=True)
        try:
            record = _record(stream, payload)
        except ImplausibleError as error:
            raise PageError(f"{id_}: {error}") from error
        return record if record.is_deleted else self._whole(stream, record)

    def _list_page(
        self, stream: Stream, cursor: str | None, extra: Sequence[tuple[str, str]] = ()
    ) -> Page:
        state = orjson.loads(cursor or _listing_cursor())
        params = [
            ("limit", str(_PAGE_SIZE)),
            *stream.params,
            *extra,
            *(("expand[]", f"data.{field}") for field in stream.expand),
        ]
        if stream.is_dated and self._options.start:
            begin = datetime.combine(self._options.start, time(), UTC)
            params.append(("created[gte]", str(int(begin.timestamp()))))
        for id_ in reversed(state["after"]):
            try:
                return self._page(stream, [*params, ("starting_after", id_)])
            except (NotFoundError, RefusedError) as error:
                # Deleted since it was read: go on after the one before.
                if not _is_about(error, "starting_after"):
                    raise
        if state["created"] is not None:
            params.append(("created[lte]", str(state["created"])))
        return self._page(stream, params)

    def _page(self, stream: Stream, params: Sequence[tuple[str, str]]) -> Page:
        rows, has_more = _listed(self._api.get(stream.path, params, [_READ.name]))
        records = [_record(stream, row) for row in rows]
        if not records:
            return Page(records, has_more, None)
        last_ids = [record.id for record in records[-_ANCHORS_N:]]
        created = int(records[-1].cursor or 0)
        return Page(records, has_more, _listing_cursor(last_ids, created))

    def _whole(self, stream: Stream, record: Record) -> Record:
        """The record with those of its lists complete that Stripe has cut short."""
        if not stream.children:
            return record
        payload = dict(record.payload or {})
        for child in stream.children:
            embedded = payload.get(child.field) or {}
            if not embedded.get("has_more"):
                continue
            try:
                items = self._children(child, record.id)
            except NotFoundError:
                return self._fetch(stream, record.id)
            payload[child.field] = {**embedded, "data": items, "has_more": False}
        return Record(record.id, payload, record.cursor, record.is_deleted)

    def _children(self, child: Child, id_: str) -> list[Mapping[str, Any]]:
        def read(after: str | None) -> Page:
            params = [
                ("limit", str(_PAGE_SIZE)),
                *((name, value.format(id=id_)) for name, value in child.params),
                *(("expand[]", f"data.{field}") for field in child.expand),
            ]
            if after:
                params.append(("starting_after", after))
            path = child.path.format(id=quote(id_, safe=""))
            rows, has_more = _listed(self._api.get(path, params, [_READ.name]))
            records = [Record(row["id"], row) for row in rows]
            return Page(records, has_more, records[-1].id if records else None)

        return [
            record.payload
            for page in walk(read, None, self._pause)
            for record in page.records
            if record.payload is not None
        ]

    def _pause(self) -> None:
        self._api.clock.sleep(_REREAD_PAUSE_S)


def _listing_cursor(after: Sequence[str] = (), created: int | None = None) -> str:
    """The cursor of a listing: the last ids that were read, the last one last, and its time."""
    return orjson.dumps({"after": list(after), "created": created}).decode()


def _position(at: int, read_at: datetime) -> str:
    return orjson.dumps({"at": at, "read_at": read_at}).decode()


def _listed(body: Any) -> tuple[list[dict[str, Any]], bool]:
    """The rows of a list object, and whether there are more."""
    is_list = (
        isinstance(body, dict)
        and body.get("object") == "list"
        and isinstance(body.get("data"), list)
        and isinstance(body.get("has_more"), bool)
        and all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in body["data"])
    )
    if not is_list:
        raise ImplausibleError("an answer that is no list of objects with ids")
    return body["data"], body["has_more"]


def _record(stream: Stream, payload: Any) -> Record:
    if not isinstance(payload, dict) or payload.get("object") != stream.object:
        raise ImplausibleError(f"an answer that is no {stream.object}")
    is_deleted = payload.get("deleted") is True
    created = payload.get("created")
    if not isinstance(payload.get("id"), str) or (type(created) is not int and not is_deleted):
        raise ImplausibleError(f"a {stream.object} without id or time of creation")
    return Record(payload["id"], payload, None if created is None else str(created), is_deleted)


def _is_about(error: ApiError, param: str) -> bool:
    body = error.body if isinstance(error.body, dict) else {}
    return isinstance(body.get("error"), dict) and body["error"].get("param") == param
