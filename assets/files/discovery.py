"""Which files lie in an inbox, and which entity of the contract each delivers.

Only names are looked at here; what is inside a file is for reading.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from pathlib import Path

from pipelines.contract import contract


class Format(Enum):
    """How a file is written, by the end of its name."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


SUFFIXES = {
    "csv": Format.CSV,
    "tsv": Format.CSV,
    "txt": Format.CSV,
    "jsonl": Format.JSON,
    "ndjson": Format.JSON,
    "json": Format.JSON,
    "parquet": Format.PARQUET,
}


@dataclass(frozen=True)
class Delivery:
    """One file of one entity; `file` is its path inside the inbox, with forward slashes."""

    entity: str
    path: Path
    file: str
    format: Format
    is_gzip: bool


@dataclass(frozen=True)
class Deliveries:
    """Every file of an inbox that can be loaded, by name, and what is left aside and why."""

    files: tuple[Delivery, ...]
    warnings: tuple[str, ...]


def discover(inbox: Path) -> Deliveries:
    """The files <entity>.<suffix> and <entity>/**/*.<suffix> of a folder, hidden ones aside."""
    files: list[Delivery] = []
    warnings: list[str] = []
    for path in _visible(inbox):
        file = path.relative_to(inbox).as_posix()
        owner = file.split("/", 1)[0] if "/" in file else path.name.split(".", 1)[0]
        entity = owner.lower()
        if entity not in contract():
            warnings.append(f"{file}: not read, as {_no_entity(owner)}")
            continue
        name, is_gzip = path.name.lower(), False
        if name.endswith(".gz"):
            name, is_gzip = name.removesuffix(".gz"), True
        kind = SUFFIXES.get(name.rsplit(".", 1)[-1]) if "." in name else None
        if kind is None or (is_gzip and kind is Format.PARQUET):
            warnings.append(
                f"{file}: not read, as its name ends in none of "
                f"{', '.join(f'.{suffix}' for suffix in SUFFIXES)} (or .gz after the text formats)"
            )
            continue
        files.append(Delivery(entity, path, file, kind, is_gzip))
    return Deliveries(tuple(sorted(files, key=lambda delivery: delivery.file)), tuple(warnings))


def _visible(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _visible(path)
        else:
            yield path


def _no_entity(owner: str) -> str:
    close = get_close_matches(owner.lower(), contract(), n=1)
    hint = f'; did you mean "{close[0]}"?' if close else ""
    return f'"{owner}" is no entity of the contract{hint}'
