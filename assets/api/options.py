"""Settings of a vendor's section of sources.toml, checked before anything is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from pipelines.settings import SettingsError


class Named(Protocol):
    """A stream, as far as settings know one."""

    @property
    def name(self) -> str: ...


StreamT = TypeVar("StreamT", bound=Named)


@dataclass(frozen=True)
class Setting:
    """A kind of value, and what to say to who wrote another one."""

    kind: type[Any]
    wanted: str


ADDRESS = Setting(str, "an address, https://…")
DAY = Setting(date, "a date without quotes, 2023-01-01")
NAMES = Setting(list, "a list of names")
COUNT = Setting(int, "a whole number from 1")


def text(wanted: str) -> Setting:
    return Setting(str, wanted)


def check_section(source: str, section: Mapping[str, Any], settings: Mapping[str, Setting]) -> None:
    """Raises SettingsError for a setting that is unknown or of another kind."""
    if unknown := sorted(set(section) - set(settings)):
        raise SettingsError(
            f"[{source}]: unknown setting {unknown[0]!r}; known are {', '.join(settings)}"
        )
    for name, value in section.items():
        setting = settings[name]
        is_wrong = (
            not isinstance(value, setting.kind)
            or isinstance(value, bool)
            or (isinstance(value, int) and value < 1)
            or (setting is ADDRESS and not value.startswith(("https://", "http://")))
        )
        if is_wrong:
            raise SettingsError(f"[{source}]: {name} must be {setting.wanted}, not {value!r}")


def chosen(source: str, streams: Sequence[StreamT], names: Sequence[Any]) -> tuple[StreamT, ...]:
    """The streams of these names, in their own order. Raises SettingsError for an unknown one."""
    known = [stream.name for stream in streams]
    if unknown := [name for name in names if name not in known]:
        raise SettingsError(
            f"[{source}]: unknown stream {unknown[0]!r}; known are {', '.join(known)}"
        )
    return tuple(stream for stream in streams if stream.name in names)
