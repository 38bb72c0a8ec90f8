"""Where the published files are, for those who write them and those who only look.

published/ holds versioned files; `current.duckdb` is a symlink that is swapped, so a reader that
opened the version before keeps a whole file.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.settings import Home

CURRENT = "current.duckdb"


def current_file(home: Home) -> Path:
    """The symlink that readers open."""
    return home.published / CURRENT


def is_published(home: Home) -> bool:
    """True when a reader finds both current files."""
    return current_file(home).exists() and (home.restricted / CURRENT).exists()
