"""The section [stripe] of sources.toml, and the key in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assets.billing.stripe.streams import STREAMS, Stream
from pipelines.settings import SettingsError

KEY_VARIABLE = "STRIPE_API_KEY"
_KNOWN = ("base_url", "account", "start", "streams", "requests_per_second", "sweep_days")


@dataclass(frozen=True)
class Options:
    """Where and how Stripe is read. `account` is a connected account's id."""

    key: str = field(repr=False)
    base_url: str = "https://api.stripe.com"
    account: str | None = None
    start: date | None = None
    streams: tuple[Stream, ...] = STREAMS
    # Live accounts allow 100, sandboxes 25, and the company's own software needs some of them.
    requests_per_second: int = 20
    sweep_days: int = 7


def read_options(
    section: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> Options:
    """The options of a section. Raises SettingsError with what to write instead."""
    if unknown := sorted(set(section) - set(_KNOWN)):
        raise SettingsError(
            f"[stripe]: unknown setting {unknown[0]!r}; known are {', '.join(_KNOWN)}"
        )
    key = environment.get(KEY_VARIABLE, "").strip()
    if not key:
        raise SettingsError(
            f"[stripe]: {KEY_VARIABLE} is not in the environment; create a restricted key with "
            "read permissions in Stripe's dashboard (Developers, API keys) and export it"
        )
    given = dict(section)
    _check_types(given)
    if "streams" in given:
        given["streams"] = _streams(given["streams"])
    return Options(key=key, **given)


def _check_types(section: Mapping[str, Any]) -> None:
    kinds: Mapping[str, tuple[type[Any], str]] = {
        "base_url": (str, "an address, https://…"),
        "account": (str, "a connected account's id, acct_…"),
        "start": (date, "a date without quotes, 2023-01-01"),
        "streams": (list, "a list of names"),
        "requests_per_second": (int, "a whole number from 1"),
        "sweep_days": (int, "a whole number from 1"),
    }
    for name, value in section.items():
        kind, wanted = kinds[name]
        is_wrong = not isinstance(value, kind) or (isinstance(value, int) and value < 1)
        if is_wrong or (name == "base_url" and not value.startswith(("https://", "http://"))):
            raise SettingsError(f"[stripe]: {name} must be {wanted}, not {value!r}")


def _streams(names: list[Any]) -> tuple[Stream, ...]:
    known = {stream.name: stream for stream in STREAMS}
    if unknown := [name for name in names if name not in known]:
        raise SettingsError(
            f"[stripe]: unknown stream {unknown[0]!r}; known are {', '.join(known)}"
        )
    return tuple(stream for stream in STREAMS if stream.name in names)
