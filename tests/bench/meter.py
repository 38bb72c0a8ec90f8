"""CPU seconds and peak memory of dbt's nodes, measured in the process that builds them."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Meter:
    """A dbt callback; CPU seconds of all threads between a node's start and its end.

    dbt has one thread here, so what a node costs is what the process spent meanwhile.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    _started: float = 0.0

    def __call__(self, event: Any) -> None:
        if event.info.name == "NodeStart":
            self._started = time.process_time()
        elif event.info.name == "NodeFinished":
            name = event.data.node_info.node_name
            self.seconds[name] = time.process_time() - self._started

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    def dearest(self, n: int) -> list[tuple[str, float]]:
        return sorted(self.seconds.items(), key=lambda item: -item[1])[:n]


def peak_memory_gb() -> float:
    """The largest resident set of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
