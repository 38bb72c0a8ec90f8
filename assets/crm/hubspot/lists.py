"""Lists that are short enough to be read whole at each run: owners and pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from assets.api.client import Api, NotFoundError
from assets.api.intake import Intake
from assets.api.landing import Reading
from assets.api.paging import ImplausibleError, Page, Record, walk
from assets.crm.hubspot.portal import READING, REREAD_PAUSE_S
from assets.crm.hubspot.streams import Whole

_AT_ONCE = 100
_CURSOR = "{}"


class WholeReader:
    """One run's reading of one list."""

    def __init__(self, stream: Whole, api: Api, intake: Intake) -> None:
        self._stream = stream
        self._api = api
        self._intake = intake

    def read(self, reading: Reading) -> None:
        """What is here and was not listed is asked for by its id before it counts as deleted."""
        self._intake.landing.begin_listing(self._stream.name, _CURSOR)
        self._intake.land(reading, self._pages(), is_listing=True)
        self._intake.end_listing(reading, self._find, _CURSOR)

    def _pages(self) -> Iterator[Page]:
        for archived in (False, True) if self._stream.has_archive else (False,):
            for page in walk(partial(self._page, archived), None, self._pause):
                yield Page(page.records, page.more, None)

    def _page(self, archived: bool, after: str | None) -> Page:
        params: list[tuple[str, str]] = []
        if self._stream.has_archive:
            params = [("limit", str(_AT_ONCE)), ("archived", str(archived).lower())]
        if after is not None:
            params.append(("after", after))
        body = self._api.get(self._stream.path, params, READING)
        rows = body.get("results") if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise ImplausibleError("an answer that is no list")
        next_ = ((body.get("paging") or {}).get("next") or {}).get("after")
        return Page([_record(row) for row in rows], next_ is not None, next_)

    def _find(self, id_: str) -> Record:
        try:
            return _record(self._api.get(f"{self._stream.path}/{id_}", buckets=READING))
        except NotFoundError:
            return Record(id_, None, is_deleted=True)

    def _pause(self) -> None:
        self._api.clock.sleep(REREAD_PAUSE_S)


def _record(row: Any) -> Record:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise ImplausibleError("an answer without id")
    return Record(row["id"], row, row.get("updatedAt"), row.get("archived") is True)
