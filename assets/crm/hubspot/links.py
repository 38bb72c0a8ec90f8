"""Associations: for each object the objects of another type that belong to it.

A link that is made or removed need not touch the objects that it links. So they are read for each
object that has landed since, and once a day for all. A record is the whole set of one object: a
link that is gone is a version without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson

from assets.api.client import Api
from assets.api.intake import Intake
from assets.api.landing import Reading
from assets.api.paging import ImplausibleError, Page, Record, walk
from assets.crm.hubspot.portal import READING, REREAD_PAUSE_S
from assets.crm.hubspot.streams import Links

_OBJECTS_AT_ONCE = 1_000
# A little less than a day, for runs at the same time of each.
_ALL_AGAIN = timedelta(hours=20)
_NONE_FOUND = "OBJECT_NOT_FOUND"


class LinksReader:
    """One run's reading of the links between two types of objects."""

    def __init__(self, links: Links, api: Api, intake: Intake) -> None:
        self._links = links
        self._api = api
        self._intake = intake

    def read(self, reading: Reading) -> None:
        self._intake.land(reading, self._pages())

    def _pages(self) -> Iterator[Page]:
        cursor = orjson.loads(self._intake.landing.cursor(self._links.name) or b"{}")
        now = self._api.clock.now()
        load_id, row_no = cursor.get("landed", (0, 0))
        begun = cursor.get("all_at")
        if begun is None or now - datetime.fromisoformat(begun) >= _ALL_AGAIN:
            load_id, row_no, begun = 0, 0, now.isoformat()
        landed = self._intake.landing.live_after(self._links.of, load_id, row_no)
        for start in range(0, len(landed), _OBJECTS_AT_ONCE):
            batch = landed[start : start + _OBJECTS_AT_ONCE]
            _, *last = batch[-1]
            records = self._linked([id_ for id_, _, _ in batch])
            yield Page(records, True, orjson.dumps({"landed": last, "all_at": begun}).decode())

    def _linked(self, ids: Sequence[str]) -> list[Record]:
        """A record for each object; of one with many links over several pages."""
        found: dict[str, list[Any]] = {id_: [] for id_ in ids}
        for page in walk(partial(self._page, ids), None, self._pause):
            for record in page.records:
                found[record.id].extend((record.payload or {})["to"])
        return [
            Record(id_, {"from": {"id": id_}, "to": sorted(to, key=orjson.dumps)})
            for id_, to in found.items()
        ]

    def _page(self, ids: Sequence[str], cursor: str | None) -> Page:
        """One page of each object's links; the cursor holds the objects that have more."""
        inputs = [{"id": id_} for id_ in ids] if cursor is None else orjson.loads(cursor)
        answer = self._api.post(self._links.path, {"inputs": inputs}, buckets=READING)
        rows = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or not all(map(_is_row, rows)):
            raise ImplausibleError("an answer that is no list of objects with links")
        records = [Record(str(row["from"]["id"]), {"to": row["to"]}) for row in rows]
        records += [Record(id_, {"to": []}) for id_ in _without_links(answer)]
        if {record.id for record in records} != {given["id"] for given in inputs}:
            raise ImplausibleError("an answer about other objects than the ones asked for")
        more = [
            {"id": str(row["from"]["id"]), "after": row["paging"]["next"]["after"]}
            for row in rows
            if (row.get("paging") or {}).get("next")
        ]
        return Page(records, bool(more), orjson.dumps(more).decode() if more else None)

    def _pause(self) -> None:
        self._api.clock.sleep(REREAD_PAUSE_S)


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get("from"), dict)
        and "id" in row["from"]
        and isinstance(row.get("to"), list)
    )


def _without_links(answer: dict[str, Any]) -> Iterator[str]:
    """Objects of which the answer says that nothing belongs to them: it calls that an error."""
    for error in answer.get("errors") or ():
        if error.get("category") != _NONE_FOUND:
            raise ImplausibleError(f"an answer in parts: {error}"[:300])
        yield from map(str, (error.get("context") or {}).get("fromObjectId") or ())
