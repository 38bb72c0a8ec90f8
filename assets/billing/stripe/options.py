"""The section [stripe] of sources.toml, and the key in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assets.api.options import ADDRESS, COUNT, DAY, NAMES, check_section, chosen, text
from assets.billing.stripe.streams import STREAMS, Stream
from pipelines.settings import SettingsError

SOURCE = "stripe"
KEY_VARIABLE = "STRIPE_API_KEY"
_SETTINGS = {
    "base_url": ADDRESS,
    "account": text("a connected account's id, acct_…"),
    "start": DAY,
    "streams": NAMES,
    "requests_per_second": COUNT,
    "sweep_days": COUNT,
}


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
    check_section(SOURCE, section, _SETTINGS)
    key = environment.get(KEY_VARIABLE, "").strip()
    if not key:
        raise SettingsError(
            f"[stripe]: {KEY_VARIABLE} is not in the environment; create a restricted key with "
            "read permissions in Stripe's dashboard (Developers, API keys) and export it"
        )
    given = dict(section)
    if "streams" in given:
        given["streams"] = chosen(SOURCE, STREAMS, given["streams"])
    return Options(key=key, **given)
