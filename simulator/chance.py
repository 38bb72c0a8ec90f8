"""Chance that is the same on every machine.

Only `random()` of Python's own Mersenne Twister and plain arithmetic are used: no logarithms, whose
last digit may differ between C libraries, and no hash order.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance(Random):
    """A named stream of chance: the same seed and name give the same stream anywhere."""

    def __new__(cls, *_: object) -> Chance:
        return super().__new__(cls)

    def __init__(self, seed: int, *name: str | int) -> None:
        super().__init__(":".join(str(part) for part in (seed, *name)))

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int(self.random() * n)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def one_of(self, values: Sequence[T]) -> T:
        """One of the values, all equally likely."""
        return values[int(self.random() * len(values))]

    def weighted(self, values: Sequence[tuple[T, float]]) -> T:
        """One of (value, weight), by weight; the weights sum to 1."""
        left = self.random()
        for value, weight in values:
            left -= weight
            if left < 0:
                return value
        return values[-1][0]

    def spread(self, quantiles: Sequence[int]) -> int:
        """A whole number from a distribution given by its equally spaced quantiles."""
        place = self.random() * (len(quantiles) - 1)
        at = int(place)
        return int(quantiles[at] + (quantiles[at + 1] - quantiles[at]) * (place - at))
