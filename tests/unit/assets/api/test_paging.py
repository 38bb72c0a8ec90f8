"""A page is believed when it can be right, and asked for again when it cannot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assets.api.paging import ImplausibleError, Page, PageError, Record, walk


def page(*ids: str, next_cursor: str | None = None, more: bool | None = None) -> Page:
    records = [Record(id_, {"id": id_}) for id_ in ids]
    return Page(records, bool(next_cursor) if more is None else more, next_cursor)


def reader(*answers: Page | Exception) -> tuple[Callable[[str | None], Page], list[str | None]]:
    """Gives the answers in order, the last one for ever; and what it was asked."""
    asked: list[str | None] = []

    def read(cursor: str | None) -> Page:
        asked.append(cursor)
        answer = answers[min(len(asked), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return read, asked


def ids(pages: list[Page]) -> list[str]:
    return [record.id for found in pages for record in found.records]


def test_pages_are_read_to_the_end() -> None:
    read, asked = reader(page("a", "b", next_cursor="b"), page("c"))
    assert ids(list(walk(read, None, lambda: None))) == ["a", "b", "c"]
    assert asked == [None, "b"]


@pytest.mark.parametrize(
    "odd",
    [
        page(more=True),
        page("a", "b", next_cursor="b"),
        page("c", more=True),
        ImplausibleError("no list"),
    ],
    ids=["empty", "served twice", "no cursor", "no list"],
)
def test_an_odd_page_is_asked_for_again_and_then_fails(odd: Page | Exception) -> None:
    first, last = page("a", "b", next_cursor="b"), page("c")
    read, asked = reader(first, odd, odd, last)
    paused: list[int] = []
    assert ids(list(walk(read, None, lambda: paused.append(1)))) == ["a", "b", "c"]
    assert asked == [None, "b", "b", "b"]
    assert len(paused) == 2

    read, asked = reader(first, odd)
    with pytest.raises(PageError, match="4 times in a row"):
        list(walk(read, None, lambda: None))
    assert len(asked) == 5


def test_an_empty_last_page_is_the_end() -> None:
    read, _ = reader(page("a", next_cursor="a"), page())
    assert ids(list(walk(read, None, lambda: None))) == ["a"]
