"""What a vendor is to the rest of the project: assets, a way to land, and an answer to "can I?"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from pipelines.resources import Warehouse

# A section of sources.toml.
Section = Mapping[str, Any]


class SourceError(RuntimeError):
    """Streams that could not be read; a line for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Access:
    """Whether one stream can be read, and what to do where it cannot."""

    stream: str
    is_ok: bool
    says: str


@dataclass(frozen=True)
class Vendor:
    """A source behind an API. `land` raises SourceError after every stream was tried."""

    specs: Callable[[Section], list[dg.AssetSpec]]
    land: Callable[[Warehouse, Section, str], None]
    check: Callable[[Section], Iterator[Access]]
