"""Work done aside, in a process of its own, while this one goes on."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

T = TypeVar("T")


def begin(work: Callable[[], T]) -> Callable[[], T]:
    """Start the work; what is returned waits for it and gives its result.

    The process is forked, so that it sees everything without a copy; where that is impossible the
    work is done when it is waited for. Waiting raises RuntimeError if the process failed, which has
    then said why itself.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return work
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(work, sender))
    process.start()
    sender.close()

    def wait() -> T:
        try:
            result: T = receiver.recv()
        except EOFError as error:
            raise RuntimeError("a part of the work failed in its own process") from error
        process.join()
        return result

    return wait


def _send(work: Callable[[], T], sender: Connection[T, T]) -> None:
    sender.send(work())
