"""Is this installation able to run? One finding per thing that usually goes wrong.

Answers in under three seconds: no Dagster, no dbt, no Great Expectations is imported.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import duckdb

from assets.published import current_file
from pipelines.contract import contract
from pipelines.dbt import MANIFEST_JSON
from pipelines.settings import Home, Settings
from pipelines.warehouse import WarehouseBusyError, connect

PACKAGES = ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations")
FREE_GIB_WANTED = 2


@dataclass(frozen=True)
class Finding:
    """One thing examined, and what to do when it is not as it should be."""

    subject: str
    is_ok: bool
    says: str


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    is_ok = sys.version_info >= (3, 11)
    return Finding("python", is_ok, found if is_ok else f"{found}; 3.11 or newer is needed")


def _packages() -> Finding:
    found, missing = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        return Finding("packages", False, f"{', '.join(missing)} missing; run `make setup`")
    return Finding("packages", True, ", ".join(found))


def _project() -> Finding:
    if not MANIFEST_JSON.exists():
        return Finding("dbt project", False, "not parsed yet; run `make setup`")
    return Finding("dbt project", True, f"parsed; {len(contract())} entities in the contract")


def _home(home: Home) -> Finding:
    nearest = next(p for p in (home.path, *home.path.parents) if p.exists())
    free = shutil.disk_usage(nearest).free / 2**30
    if free < FREE_GIB_WANTED:
        return Finding("home", False, f"{home.path}: {free:.1f} GiB free; free some space")
    state = "exists" if home.path.exists() else "will be made by the first run"
    return Finding("home", True, f"{home.path} {state}, {free:.0f} GiB free")


def _key(home: Home) -> Finding:
    if not home.key_file.exists():
        return Finding("pseudonym key", True, "will be made by the first run")
    mode = home.key_file.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("pseudonym key", False, f"mode {mode:o}; run chmod 600 {home.key_file}")
    return Finding("pseudonym key", True, "in place, readable by its owner only")


def _warehouse(home: Home) -> Finding:
    if not home.warehouse.exists():
        return Finding("warehouse", True, "none yet; the first run makes it")
    try:
        with connect(home) as connection:
            row = connection.execute(
                "select status, coalesce(finished_at, started_at) from meta.run "
                "order by started_at desc limit 1"
            ).fetchone()
    except WarehouseBusyError as error:
        return Finding("warehouse", True, f"a run is working: {error}")
    except duckdb.Error as error:
        return Finding(
            "warehouse", False, f"cannot be read ({error}); restore it or name another --home"
        )
    if row is None:
        return Finding("warehouse", True, "no run yet")
    status, finished_at = row
    says = f"last run {status} at {finished_at:%Y-%m-%d %H:%M} UTC"
    if status in ("running", "failed"):
        return Finding("warehouse", True, f"{says}; the next run starts its work again")
    return Finding("warehouse", True, says)


def _published(home: Home) -> Finding:
    current = current_file(home)
    if not current.exists():
        return Finding("published", True, "nothing yet; mittaristo run publishes")
    try:
        with duckdb.connect(str(current), read_only=True) as connection:
            row = connection.execute("select max(as_of) from marts.metric_value").fetchone()
    except duckdb.Error as error:
        return Finding("published", False, f"{current} does not read: {error}; run again")
    as_of = row[0] if row else None
    return Finding("published", True, f"{current}, as of {as_of}")


def _inbox(settings: Settings) -> Finding:
    if settings.inbox is None:
        return Finding("inbox", True, "none named; use --inbox, or [files] inbox in sources.toml")
    names = {path.name.split(".")[0] for path in settings.inbox.iterdir()}
    known = sorted(names & set(contract()))
    if not known:
        return Finding("inbox", False, f"{settings.inbox} holds no file named after an entity")
    return Finding("inbox", True, f"{settings.inbox}: {', '.join(known)}")


def examine(settings: Settings) -> list[Finding]:
    """Every finding, good or bad, in the order in which a person would fix them."""
    home = settings.home
    return [
        _python(),
        _packages(),
        _project(),
        _home(home),
        _key(home),
        _warehouse(home),
        _published(home),
        _inbox(settings),
    ]
