"""What a person sees while a run works: one line per step on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Prints each step with its seconds; silent when `stream` is None."""

    def __init__(self, stream: TextIO | None = sys.stderr) -> None:
        self._stream = stream
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        if self._stream is not None:
            seconds = time.monotonic() - self._started
            print(f"{seconds:7.1f} s  {text}", file=self._stream, flush=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Announce a step before it starts and its duration when it ends."""
        self.say(f"{text} …")
        started = time.monotonic()
        yield
        self.say(f"{text}: done in {time.monotonic() - started:.1f} s")
