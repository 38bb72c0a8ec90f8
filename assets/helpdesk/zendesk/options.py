"""The section [zendesk] of sources.toml, and the credentials in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assets.api.client import Basic, Bearer, Credentials
from assets.api.options import ADDRESS, COUNT, DAY, NAMES, check_section, chosen, text
from assets.helpdesk.zendesk.streams import STREAMS, USUAL, Stream
from pipelines.settings import SettingsError

SOURCE = "zendesk"
OAUTH_VARIABLE = "ZENDESK_OAUTH_TOKEN"
EMAIL_VARIABLE, TOKEN_VARIABLE = "ZENDESK_EMAIL", "ZENDESK_API_TOKEN"
_SETTINGS = {
    "account": text("the name before .zendesk.com"),
    "base_url": ADDRESS,
    "start": DAY,
    "streams": NAMES,
    "requests_per_minute": COUNT,
    "exports_per_minute": COUNT,
    "sweep_days": COUNT,
}


@dataclass(frozen=True)
class Options:
    """Where and how Zendesk is read."""

    credentials: Credentials = field(repr=False)
    base_url: str
    start: date | None = None
    streams: tuple[Stream, ...] = USUAL
    # Plans allow 200 to 2,500, and the company's own software needs some of them.
    requests_per_minute: int = 100
    # What every plan allows, of Support and of Talk each; 30 with the High Volume API add-on.
    exports_per_minute: int = 10
    sweep_days: int = 30


def read_options(
    section: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> Options:
    """The options of a section. Raises SettingsError with what to write instead."""
    check_section(SOURCE, section, _SETTINGS)
    given = dict(section)
    account = given.pop("account", None)
    if account and "base_url" not in given:
        given["base_url"] = f"https://{account}.zendesk.com"
    if "base_url" not in given:
        raise SettingsError(
            '[zendesk]: write account = "…", the name before .zendesk.com, or base_url'
        )
    if "streams" in given:
        given["streams"] = chosen(SOURCE, STREAMS, given["streams"])
    return Options(credentials=_credentials(environment), **given)


def _credentials(environment: Mapping[str, str]) -> Credentials:
    """An OAuth token, else an administrator's e-mail address and API token."""
    if token := environment.get(OAUTH_VARIABLE, "").strip():
        return Bearer(token)
    email, token = (environment.get(name, "").strip() for name in (EMAIL_VARIABLE, TOKEN_VARIABLE))
    if not (email and token):
        raise SettingsError(
            f"[{SOURCE}]: neither {OAUTH_VARIABLE} nor both {EMAIL_VARIABLE} and {TOKEN_VARIABLE} "
            "are in the environment; create an API token in Zendesk's Admin Center (Apps and "
            "integrations, APIs) and export it with an administrator's e-mail address"
        )
    return Basic(f"{email}/token", token)
