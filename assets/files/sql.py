"""Text that becomes part of a DuckDB statement."""

from __future__ import annotations

from pathlib import Path


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def file(path: Path) -> str:
    """A string literal that means exactly this file: DuckDB's readers take patterns."""
    return text("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))
