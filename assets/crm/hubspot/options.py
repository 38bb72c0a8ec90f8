"""The section [hubspot] of sources.toml, and the credentials in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assets.api.client import Bearer, Credentials
from assets.api.oauth import RefreshToken
from assets.api.options import ADDRESS, COUNT, DAY, NAMES, Setting, check_section, chosen
from assets.crm.hubspot.streams import STREAMS, Links, Stream
from pipelines.settings import SettingsError

SOURCE = "hubspot"
TOKEN_VARIABLE = "HUBSPOT_ACCESS_TOKEN"
OAUTH_VARIABLES = ("HUBSPOT_CLIENT_ID", "HUBSPOT_CLIENT_SECRET", "HUBSPOT_REFRESH_TOKEN")
_SETTINGS = {
    "base_url": ADDRESS,
    "account": Setting(int, "the account's number, as in HubSpot's addresses"),
    "start": DAY,
    "streams": NAMES,
    "requests_per_10_seconds": COUNT,
    "searches_per_second": COUNT,
    "sweep_days": COUNT,
}


@dataclass(frozen=True)
class Options:
    """Where and how HubSpot is read; where `account` is given, no other one is."""

    credentials: Credentials = field(repr=False)
    base_url: str = "https://api.hubapi.com"
    account: int | None = None
    start: date | None = None
    streams: tuple[Stream, ...] = STREAMS
    # An app of its own may ask 100 times in ten seconds, 190 from Professional on.
    requests_per_10_seconds: int = 90
    # All software together may search 5 times a second.
    searches_per_second: int = 4
    sweep_days: int = 7


def read_options(
    section: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> Options:
    """The options of a section. Raises SettingsError with what to write instead."""
    check_section(SOURCE, section, _SETTINGS)
    given = dict(section)
    if "streams" in given:
        given["streams"] = chosen(SOURCE, STREAMS, given["streams"])
        _check_links(given["streams"])
    base_url = given.get("base_url", Options.base_url)
    return Options(credentials=_credentials(base_url, environment), **given)


def _credentials(base_url: str, environment: Mapping[str, str]) -> Credentials:
    if token := environment.get(TOKEN_VARIABLE, "").strip():
        return Bearer(token)
    given = [environment.get(name, "").strip() for name in OAUTH_VARIABLES]
    if all(given):
        client_id, client_secret, refresh_token = given
        address = base_url.rstrip("/") + "/oauth/v3/token"
        return RefreshToken(address, client_id, client_secret, refresh_token)
    raise SettingsError(
        f"[{SOURCE}]: {TOKEN_VARIABLE} is not in the environment; create a private app with read "
        "scopes in HubSpot's settings and export its token, or, for an app with OAuth, "
        + ", ".join(OAUTH_VARIABLES)
    )


def _check_links(streams: tuple[Stream, ...]) -> None:
    names = {stream.name for stream in streams}
    for stream in streams:
        if isinstance(stream, Links) and stream.of not in names:
            raise SettingsError(
                f"[{SOURCE}]: stream {stream.name!r} needs {stream.of!r}, whose objects it links"
            )
