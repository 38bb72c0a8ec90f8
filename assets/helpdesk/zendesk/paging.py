"""How Zendesk pages: what is asked for at a position, and what an answer says of the next one.

A position is a few values of Zendesk's making. Links are never followed, only what they ask for is
read from them: they may name another host. What belongs here: one page. What does not: when a
stream is read, and from where (reading.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from assets.api.client import Params
from assets.api.paging import ImplausibleError, Record
from assets.helpdesk.zendesk.streams import Stream, Way

Position = Mapping[str, Any]
PAGE_SIZE = 100


@dataclass(frozen=True)
class Turn:
    """What an answer holds: its records, whether there are more, and where those are.

    `position` is None where the answer does not move it.
    """

    records: list[Record]
    more: bool
    position: Position | None


def first_position(way: Way, since: int) -> Position:
    """Where a way begins that is to show everything since an instant."""
    takes_time = way.since or way.by in ("cursor", "time") or (way.by == "engagements" and since)
    return {"start_time": since} if takes_time else {}


def params_of(way: Way, position: Position) -> Params:
    """What to ask for at a position."""
    size = {"pages": "page[size]", "feed": "page[size]", "numbers": "per_page"}.get(way.by)
    return [
        *way.params,
        *([(size, str(PAGE_SIZE))] if size else []),
        *(("page[after]" if name == "after" else name, str(at)) for name, at in position.items()),
    ]


def read_turn(stream: Stream, way: Way, position: Position, body: Any) -> Turn:
    """What an answer says. Raises ImplausibleError for one that is no page of the stream."""
    if not isinstance(body, dict):
        raise ImplausibleError("an answer that is no object")
    records = _records(stream, body)
    match way.by:
        case "cursor":
            return _cursor_turn(records, body)
        case "time":
            return _time_turn(stream, records, position, body)
        case "engagements":
            return _engagements_turn(records, body)
        case "pages" | "feed" | "numbers":
            return _list_turn(records, position, body)


def record_of(stream: Stream, payload: Any) -> Record:
    """A record as Zendesk sends it. Raises ImplausibleError for one without an id."""
    id_ = payload.get(stream.id) if isinstance(payload, dict) else None
    if not isinstance(id_, int | str):
        raise ImplausibleError(f"a record of {stream.name} without an id")
    moved_at = payload.get(stream.moved_at)
    return Record(
        str(id_),
        payload,
        None if moved_at is None else str(moved_at),
        _is_gone(stream, payload),
    )


def _is_gone(stream: Stream, payload: Mapping[str, Any]) -> bool:
    if stream.gone is None:
        return False
    name, value = stream.gone
    found = payload.get(name)
    return found is not None if value is None else found == value


def _records(stream: Stream, body: Mapping[str, Any]) -> list[Record]:
    key = stream.key or stream.name
    found = body.get(key)
    if not isinstance(found, list):
        raise ImplausibleError(f"an answer without {key}")
    return [record_of(stream, payload) for payload in found]


def _cursor_turn(records: list[Record], body: Mapping[str, Any]) -> Turn:
    """The end of the stream still says where the next run goes on."""
    after, is_end = body.get("after_cursor"), body.get("end_of_stream")
    if not isinstance(is_end, bool) or not isinstance(after, str | None):
        raise ImplausibleError("an export that does not say whether it has ended")
    return Turn(records, not is_end, {"cursor": after} if after else None)


def _time_turn(
    stream: Stream, records: list[Record], position: Position, body: Mapping[str, Any]
) -> Turn:
    """Pages overlap by a second, and next_page is never null.

    Talk does not say when it has ended: then the last page leads back to itself, with nothing that
    is older than what was asked for.
    """
    if body.get("count", len(records)) != len(records):
        raise ImplausibleError(f"a page that counts {body['count']} and shows {len(records)}")
    end = body.get("end_time") or _query(body.get("next_page")).get("start_time")
    if end is None:
        if records:
            raise ImplausibleError("a page that does not say how far it reaches")
        return Turn(records, False, None)
    after: Position = {"start_time": int(end)}
    if isinstance(is_end := body.get("end_of_stream"), bool):
        return Turn(records, not is_end, after)
    if not records:
        return Turn(records, False, None)
    if after != position:
        return Turn(records, True, after)
    start = position["start_time"]
    times = [_seconds(record.cursor) for record in records]
    if any(at is not None and at < start for at in times):
        raise ImplausibleError(f"a page of {stream.name} older than what was asked for")
    # Several of one second may be a page of their own, with others behind it.
    return (
        Turn(records, True, {"start_time": start + 1})
        if records[1:]
        else Turn(records, False, after)
    )


def _list_turn(records: list[Record], position: Position, body: Mapping[str, Any]) -> Turn:
    """Lists page by cursor; a few only by number, which ends where there is no next page."""
    meta = body.get("meta")
    if isinstance(meta, dict):
        after, more = meta.get("after_cursor"), meta.get("has_more")
        if not isinstance(more, bool):
            raise ImplausibleError("a list that does not say whether there are more")
        start = {name: value for name, value in position.items() if name == "start_time"}
        return Turn(records, more, {**start, "after": after} if after else None)
    if number := _query(body.get("next_page")).get("page"):
        return Turn(records, True, {**position, "page": int(number)})
    return Turn(records, False, None)


def _engagements_turn(records: list[Record], body: Mapping[str, Any]) -> Turn:
    """The next page is asked for by two values, and everything else that its link repeats."""
    if not isinstance(more := body.get("has_more"), bool):
        raise ImplausibleError("a list that does not say whether there are more")
    return Turn(records, more, _query(body.get("next_page_url")) or None)


def _query(link: Any) -> dict[str, str]:
    """The parameters of a link."""
    return dict(parse_qsl(urlsplit(link).query)) if isinstance(link, str) else {}


def _seconds(text: str | None) -> int | None:
    """An instant as Zendesk writes it, in seconds; without an offset it is UTC."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
