"""Where a run finds its home, its sources and its instant.

Only reading and checking of settings belongs here. The command line and the Dagster UI share these:
the first passes arguments, the second the environment (MITTARISTO_HOME, MITTARISTO_SOURCES,
MITTARISTO_INBOX, MITTARISTO_AS_OF).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from pipelines.contract import PROJECT_DIR

DEFAULT_HOME = Path(".mittaristo")
# Sections of sources.toml that each belong to a source behind an API.
VENDOR_SECTIONS = ("hubspot", "stripe", "zendesk")


class SettingsError(ValueError):
    """A setting that cannot be used; the message says which and what to write instead."""


@dataclass(frozen=True)
class Home:
    """The folder that holds everything a company's warehouse consists of."""

    path: Path

    @property
    def warehouse(self) -> Path:
        return self.path / "warehouse.duckdb"

    @property
    def key_file(self) -> Path:
        return self.path / "pseudonym.key"

    @property
    def published(self) -> Path:
        return self.path / "published"

    @property
    def restricted(self) -> Path:
        return self.path / "restricted"

    @property
    def data_docs(self) -> Path:
        return self.path / "data_docs"

    @property
    def dagster(self) -> Path:
        return self.path / "dagster"

    @property
    def dbt_target(self) -> Path:
        return self.path / "dbt"

    def create(self) -> Home:
        for folder in (self.path, self.published, self.restricted, self.dagster, self.dbt_target):
            folder.mkdir(parents=True, exist_ok=True)
        self.restricted.chmod(0o700)
        return self


def home_from_environment() -> Home:
    """The home that MITTARISTO_HOME names, else ./.mittaristo."""
    return Home(Path(os.environ.get("MITTARISTO_HOME", str(DEFAULT_HOME))).resolve())


@dataclass(frozen=True)
class Settings:
    """Everything one run needs to know.

    `as_of` None means the sources' own watermark, `fx_address` None that no rates are fetched.
    `vendors` are the sections of sources behind an API, as written; each source reads its own.
    `allowed_failures` are the expectations, as table:expectation, whose failure does not stop this
    run, each with the reason.
    """

    home: Home
    inbox: Path | None = None
    as_of: datetime | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    fx_address: str | None = None
    vendors: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    allowed_failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def reporting_tz(self) -> str:
        return str(self.parameters["reporting_tz"])


def default_parameters() -> dict[str, Any]:
    """The metric parameters of dbt_project.yml (METRICS.md section 15)."""
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    return dict(project["vars"])


def parse_as_of(text: str, time_zone: str) -> datetime:
    """An ISO 8601 instant; without offset it is UTC, and a date alone means its whole day.

    Raises SettingsError when the text is neither.
    """
    try:
        if len(text) == len("2026-01-31"):
            next_day = date.fromisoformat(text) + timedelta(days=1)
            return datetime.combine(next_day, time(), ZoneInfo(time_zone)).astimezone(UTC)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"--as-of {text!r} is no ISO 8601 instant or date; write 2026-01-31T22:00:00Z or "
            "2026-01-31"
        ) from error
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)


def _read_sources(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError as error:
        raise SettingsError(
            f"{path}: no such file; copy sources.example.toml and name it with --sources"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not readable as TOML: {error}") from error


def _parameters(overrides: dict[str, Any], origin: str) -> dict[str, Any]:
    parameters = default_parameters()
    unknown = sorted(set(overrides) - set(parameters))
    if unknown:
        raise SettingsError(
            f"{origin}: unknown parameter {unknown[0]!r} in [parameters]; "
            f"known are {', '.join(sorted(parameters))}"
        )
    for name, value in overrides.items():
        if type(value) is not type(parameters[name]) and not (
            isinstance(value, int | float) and isinstance(parameters[name], int | float)
        ):
            raise SettingsError(
                f"{origin}: parameter {name!r} must be a {type(parameters[name]).__name__}, "
                f"not {value!r}"
            )
    parameters |= overrides
    for pair in filter(None, map(str.strip, parameters["hubspot_properties"].split(";"))):
        if not re.fullmatch(r"\w+\s*=\s*\w+", pair, re.ASCII):
            raise SettingsError(
                f"{origin}: hubspot_properties: {pair!r} is no contract's name and property; "
                'write for example "segment=customer_group;branch=office"'
            )
    try:
        ZoneInfo(parameters["reporting_tz"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(
            f"{origin}: reporting_tz {parameters['reporting_tz']!r} is no IANA time zone; "
            "write for example Europe/Helsinki"
        ) from error
    return parameters


def _fx_address(section: dict[str, Any], origin: Path | None) -> str | None:
    """The address of the ECB's rates as an http(s) URL, or as an absolute path."""
    unknown = sorted(set(section) - {"address"})
    address = section.get("address")
    if unknown or not isinstance(address, str | None) or address == "":
        raise SettingsError(
            f"{origin}: [fx] takes `address` alone, the URL or path of the ECB's rates; "
            "without the section none are fetched"
        )
    if address is None:
        return None
    if "://" in address:
        if not address.startswith(("https://", "http://")):
            raise SettingsError(f"{origin}: [fx] address {address!r} is neither http nor https")
        return address
    return str(((origin.parent if origin else Path()) / address).resolve())


def load_settings(
    home: Path | None = None,
    sources: Path | None = None,
    inbox: Path | None = None,
    as_of: str | None = None,
) -> Settings:
    """Arguments first, then the environment, then sources.toml, then defaults.

    Raises SettingsError with the setting's name and the next step.
    """
    home = home or Path(os.environ.get("MITTARISTO_HOME", str(DEFAULT_HOME)))
    is_named = sources is not None
    if sources is None and (named := os.environ.get("MITTARISTO_SOURCES")):
        sources = Path(named)
    if sources is None and Path("sources.toml").exists():
        sources = Path("sources.toml")
    document = _read_sources(sources) if sources else {}
    # An inbox named by itself is the file source alone, whatever a sources.toml nearby says.
    is_alone = inbox is not None and not is_named
    parameters = _parameters(document.get("parameters", {}), str(sources or "sources.toml"))
    if inbox is None and (named := os.environ.get("MITTARISTO_INBOX")):
        inbox = Path(named)
    if inbox is None and (named := document.get("files", {}).get("inbox")):
        inbox = (sources.parent if sources else Path()) / named
    if inbox is not None and not inbox.is_dir():
        raise SettingsError(
            f"{inbox}: no such folder; --inbox takes a folder with one file or folder per entity"
        )
    as_of = as_of or os.environ.get("MITTARISTO_AS_OF")
    return Settings(
        home=Home(home.resolve()),
        inbox=inbox.resolve() if inbox else None,
        as_of=parse_as_of(as_of, parameters["reporting_tz"]) if as_of else None,
        parameters=parameters,
        fx_address=None if is_alone else _fx_address(document.get("fx", {}), sources),
        vendors={
            name: document[name] for name in VENDOR_SECTIONS if name in document and not is_alone
        },
    )
