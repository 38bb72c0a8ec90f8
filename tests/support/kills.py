"""A reading in a process of its own, killed where a boundary of its landing is met."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable

from assets.api.client import Api
from assets.api.landing import Landing

BOUNDARIES = {
    "before a request": (Api, "_answer", "before"),
    "after a request": (Api, "_answer", "after"),
    "before a chunk is committed": (Landing, "_set_cursor", "before"),
    "in the middle of a chunk": (Landing, "_append", "after"),
    "after a chunk was committed": (Landing, "land", "after"),
    "before the listing ends": (Landing, "end_listing", "before"),
    "after the listing ended": (Landing, "end_listing", "after"),
    "before the reading is noted": (Landing, "note", "before"),
}


def is_killed(read: Callable[[], object], boundary: str, at: int) -> bool:
    """Whether the reading met the boundary for the `at`-th time and died, or came to its end."""
    child = multiprocessing.get_context("fork").Process(target=_read, args=(read, boundary, at))
    child.start()
    child.join(120)
    assert child.exitcode in (-9, 0)
    return child.exitcode == -9


def _read(read: Callable[[], object], boundary: str, at: int) -> None:
    owner, name, side = BOUNDARIES[boundary]
    whole = getattr(owner, name)
    met = 0

    def dies(*arguments: object, **named: object) -> object:
        nonlocal met
        met += 1
        if side == "before" and met == at:
            os.kill(os.getpid(), 9)
        found = whole(*arguments, **named)
        if met == at:
            os.kill(os.getpid(), 9)
        return found

    setattr(owner, name, dies)
    read()
