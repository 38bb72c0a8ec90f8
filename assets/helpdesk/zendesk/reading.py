"""What a run reads of Zendesk: everything where that is due, else what changed since.

What belongs here: Zendesk's limits and errors, and the order of things in a run. What does not:
which streams there are (streams.py), and how they page (paging.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson

from assets.api.client import (
    Api,
    ApiError,
    CredentialsError,
    NotFoundError,
    RefusedError,
    ScopeError,
)
from assets.api.clock import Clock
from assets.api.intake import RECORDS_PER_CHUNK, Intake, Step
from assets.api.landing import Chunk, Landing, Reading
from assets.api.limiter import Bucket
from assets.api.paging import ImplausibleError, Page, PageError, Record, walk
from assets.helpdesk.zendesk.options import Options
from assets.helpdesk.zendesk.paging import (
    Position,
    first_position,
    params_of,
    read_turn,
    record_of,
)
from assets.helpdesk.zendesk.streams import STREAMS, Stream, Way

MINUTE_S = 60.0
_ACCOUNT, _EXPORTS, _TALK = "account", "exports", "talk"
_REREAD_PAUSE_S = 1.0
# Records may appear late, this machine's clock may be wrong, and Zendesk shows no last minute.
_OVERLAP_S = 600
# An engagement stands where it began, and appears when it has ended.
_LONGEST_ENGAGEMENT_S = 2 * 86_400
# What Zendesk answers to a cursor that it knows no more.
_STALE = (HTTPStatus.BAD_REQUEST, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY)

# What is kept of a stream between runs: `next` is where changes are read from, `began` when the
# reading began that ends there, `listing` how far a reading of everything has come.
State = Mapping[str, Any]


def connect(options: Options, clock: Clock | None = None) -> Api:
    """Zendesk, as the options say."""
    return Api(
        options.base_url,
        options.credentials,
        [
            Bucket(_ACCOUNT, options.requests_per_minute, MINUTE_S),
            Bucket(_EXPORTS, options.exports_per_minute, MINUTE_S),
            Bucket(_TALK, options.exports_per_minute, MINUTE_S),
        ],
        clock=clock,
    )


def buckets_of(path: str) -> list[str]:
    """The limits that a request counts towards."""
    if "/incremental/" not in path:
        return [_ACCOUNT]
    return [_ACCOUNT, _TALK if "/voice/" in path else _EXPORTS]


def explain(stream: Stream, error: ApiError) -> str:
    """What an error of a stream means, and what to do."""
    if isinstance(error, CredentialsError):
        return f"Zendesk does not know these credentials; are they revoked? {error}"
    if isinstance(error, ScopeError):
        is_export = any("/incremental/" in way.path for way in stream.ways)
        role = " of an administrator" if is_export else ""
        return (
            f"the credentials lack {stream.scope}{role}, or the account lacks {stream.plan}; "
            f"mend that, or leave the stream out: {error}"
        )
    if isinstance(error, NotFoundError):
        return (
            f"nothing is there; is the address right, and {stream.plan} part of the plan? Else "
            f"leave the stream out: {error}"
        )
    return str(error)


class Reader:
    """One run's reading of Zendesk."""

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
        self._streams = {stream.name: stream for stream in options.streams}

    def read(self) -> list[Reading]:
        """Read every stream. Raises SourceError after all were tried."""
        # Staging reads several, also where the section leaves one out.
        self._landing.create_tables([*{stream.name for stream in STREAMS} | set(self._streams)])
        self._intake.recall(MINUTE_S, buckets_of)
        return self._intake.take(self._steps(), self._problem)

    def _steps(self) -> Iterator[Step]:
        for stream in self._options.streams:
            if stream.whole and self._is_listing_due(stream):
                yield Reading(stream.name, "listing"), partial(self._list, stream, stream.whole)
            elif stream.changes:
                yield Reading(stream.name, "changes"), partial(self._follow, stream, stream.changes)

    def _problem(self, stream_name: str, error: ApiError) -> str:
        return f"zendesk {stream_name}: {explain(self._streams[stream_name], error)}"

    def _is_listing_due(self, stream: Stream) -> bool:
        state = self._state(stream)
        if stream.changes is None or "listing" in state or "listed_at" not in state:
            return True
        listed_at = datetime.fromisoformat(state["listed_at"])
        return self._api.clock.now() - listed_at >= timedelta(days=self._options.sweep_days)

    def _list(self, stream: Stream, way: Way, reading: Reading) -> None:
        """Everything there is, from where the last committed chunk ended."""
        if "listing" in self._state(stream):
            try:
                return self._go_on_listing(stream, way, reading)
            except RefusedError as error:
                if error.status not in _STALE:
                    raise
        state = {**self._state(stream), "began": self._now(), "listing": self._first(stream, way)}
        self._landing.begin_listing(stream.name, _text(state))
        return self._go_on_listing(stream, way, reading)

    def _go_on_listing(self, stream: Stream, way: Way, reading: Reading) -> None:
        state = self._state(stream)
        pages = self._pages(stream, way, state, "listing")
        self._intake.land(reading, pages, is_listing=True)
        listed: dict[str, Any] = {"listed_at": self._api.clock.now()}
        if stream.changes:
            ended = self._state(stream)["listing"]
            listed["next"] = self._next(stream.changes, ended, state["began"])
        self._intake.end_listing(reading, partial(self._fetch, stream), _text(listed))

    def _follow(self, stream: Stream, way: Way, reading: Reading) -> None:
        """What is new since the last run."""
        state = {"next": self._first(stream, way), **self._state(stream)}
        before = state["next"]
        if "began" not in state:
            state |= {"began": self._now(), "next": self._with_overlap(way, state["next"])}
        try:
            self._intake.land(reading, self._pages(stream, way, state, "next"))
        except RefusedError as error:
            if error.status not in _STALE or not stream.whole:
                raise
            # The position is not known any more: what it stood for, only everything can tell.
            reading.kind = "listing"
            return self._list(stream, stream.whole, reading)
        ended = self._state(stream) or state
        done = {name: value for name, value in ended.items() if name != "began"}
        done["next"] = self._next(way, ended["next"], state["began"])
        if way.by == "time":
            done["next"] = max(done["next"], before, key=lambda position: position["start_time"])
        self._landing.land(Chunk(cursors={stream.name: _text(done)}))
        return None

    def _first(self, stream: Stream, way: Way) -> Position:
        start = self._options.start if stream.is_dated else None
        since = int(datetime.combine(start, time(), UTC).timestamp()) if start else 0
        return first_position(way, since)

    def _with_overlap(self, way: Way, position: Position) -> Position:
        """A time is asked for again with what stood shortly before it."""
        if way.by != "time":
            return position
        latest = min(position["start_time"], self._now())
        return {"start_time": max(latest - _OVERLAP_S, 0)}

    def _next(self, way: Way, position: Position, began: int) -> Position:
        """Where the next run goes on after a reading that began then and came to this position."""
        match way.by:
            case "cursor" | "time" | "feed":
                return position
            case "pages" | "numbers":
                return first_position(way, began - _OVERLAP_S)
            case "engagements":
                return first_position(way, began - _LONGEST_ENGAGEMENT_S)

    def _pages(self, stream: Stream, way: Way, state: State, part: str) -> Iterator[Page]:
        """The pages from a part of the state on, each with the state after it."""
        position = state[part]
        for page in walk(partial(self._page, stream, way), _text(position), self._pause):
            if page.next_cursor:
                position = orjson.loads(page.next_cursor)
            yield replace(page, next_cursor=_text({**state, part: position}))

    def _page(self, stream: Stream, way: Way, cursor: str | None) -> Page:
        position = orjson.loads(cursor or b"{}")
        turn = read_turn(stream, way, position, self._get(way.path, params_of(way, position)))
        records = [self._whole(stream, record) for record in turn.records]
        after = None if turn.position is None else _text(turn.position)
        return Page(records, turn.more, after)

    def _whole(self, stream: Stream, record: Record) -> Record:
        """The record with the lists that have addresses of their own."""
        if not stream.children or record.is_deleted:
            return record
        payload = dict(record.payload or {})
        for child in stream.children:
            try:
                body = self._get(child.path.format(id=quote(record.id, safe="")))
            except NotFoundError:
                return self._fetch(stream, record.id)
            if not isinstance(body, dict) or not isinstance(body.get(child.field), list):
                raise ImplausibleError(f"an answer without {child.field}")
            payload[child.field] = body[child.field]
        return replace(record, payload=payload)

    def _fetch(self, stream: Stream, id_: str) -> Record:
        """A record by its id, as it is now."""
        try:
            body = self._get(stream.one.format(id=quote(id_, safe="")))
        except NotFoundError:
            return Record(id_, None, is_deleted=True)
        try:
            single = body.get(stream.single) if isinstance(body, dict) else None
            return self._whole(stream, record_of(stream, single))
        except ImplausibleError as error:
            raise PageError(f"{id_}: {error}") from error

    def _get(self, path: str, params: Any = ()) -> Any:
        return self._api.get(path, params, buckets_of(path))

    def _state(self, stream: Stream) -> dict[str, Any]:
        return dict(orjson.loads(self._landing.cursor(stream.name) or b"{}"))

    def _now(self) -> int:
        return int(self._api.clock.now().timestamp())

    def _pause(self) -> None:
        self._api.clock.sleep(_REREAD_PAUSE_S)


def _text(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
