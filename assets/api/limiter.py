"""Keeps the requests of a window below what the source allows.

A place in a bucket is taken when the request leaves and is free again one window after its answer
arrived. The server counts somewhere in between, so its count stays below the limit whether its
window slides or is fixed, and however long the way there takes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assets.api.clock import Clock


@dataclass(frozen=True)
class Bucket:
    """So many requests in any window of so many seconds."""

    name: str
    requests: int
    seconds: float


class Limiter:
    """The buckets of one account. One request is under way at a time."""

    def __init__(self, buckets: Iterable[Bucket], clock: Clock) -> None:
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._answered: dict[str, deque[float]] = {name: deque() for name in self._buckets}
        self._clock = clock

    @contextmanager
    def place(self, *names: str) -> Iterator[float]:
        """Wait for a place in every bucket named; yields the seconds waited."""
        waited = max((self._until_free(name) for name in names), default=0.0)
        if waited > 0:
            self._clock.sleep(waited)
        try:
            yield waited
        finally:
            now = self._clock.monotonic()
            for name in names:
                self._answered[name].append(now)

    def remember(self, name: str, seconds_ago: float) -> None:
        """Count a request that was answered before this limiter was there, the oldest first."""
        self._answered[name].append(self._clock.monotonic() - seconds_ago)

    def _until_free(self, name: str) -> float:
        bucket, answered = self._buckets[name], self._answered[name]
        now = self._clock.monotonic()
        while answered and answered[0] + bucket.seconds <= now:
            answered.popleft()
        if len(answered) < bucket.requests:
            return 0.0
        return answered[len(answered) - bucket.requests] + bucket.seconds - now
