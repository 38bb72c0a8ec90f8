"""Pages of a stream, checked before they are believed.

What belongs here: what any page of any source must satisfy. What does not: how a page is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.api.client import ApiError

# How often a page that cannot be right is asked for again.
REREADS = 3


class PageError(ApiError):
    """A page that cannot be right, again and again."""


class ImplausibleError(ValueError):
    """This answer is no page of the stream; another one may be."""


@dataclass(frozen=True)
class Record:
    """One version of one object.

    `cursor` is where it stands in its source, as the source says. `payload` is None for a deleted
    object of which the source says nothing any more.
    """

    id: str
    payload: Mapping[str, Any] | None
    cursor: str | None = None
    is_deleted: bool = False


@dataclass(frozen=True)
class Page:
    """What one request gave; `next_cursor` asks for the next page, where there is `more`."""

    records: Sequence[Record]
    more: bool
    next_cursor: str | None


def walk(
    read: Callable[[str | None], Page], cursor: str | None, pause: Callable[[], None]
) -> Iterator[Page]:
    """Every page from the cursor on; `pause` is called before one is asked for again.

    Raises PageError for a page that stays implausible.
    """
    asked = {cursor}
    while True:
        page = _believable(read, cursor, asked, pause)
        yield page
        if not page.more:
            return
        cursor = page.next_cursor
        asked.add(cursor)


def _believable(
    read: Callable[[str | None], Page],
    cursor: str | None,
    asked: set[str | None],
    pause: Callable[[], None],
) -> Page:
    problem = None
    for reread in range(REREADS + 1):
        if reread:
            pause()
        try:
            page = read(cursor)
        except ImplausibleError as error:
            problem = str(error)
            continue
        problem = _problem(page, asked)
        if problem is None:
            return page
    raise PageError(f"{problem}, {REREADS + 1} times in a row")


def _problem(page: Page, asked: set[str | None]) -> str | None:
    if not page.more:
        return None
    if not page.records:
        return "an empty page that claims there are more"
    if page.next_cursor is None:
        return "a page that claims there are more, without a cursor"
    if page.next_cursor in asked:
        return "a page that leads back to one that was read already"
    return None
