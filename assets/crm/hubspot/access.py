"""What the token reaches: the answer of `mittaristo sources check` for HubSpot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assets.api.access import check_streams
from assets.api.client import Api, ScopeError
from assets.api.source import Access, Section
from assets.crm.hubspot.options import OAUTH_VARIABLES, TOKEN_VARIABLE, read_options
from assets.crm.hubspot.portal import READING, connect, missing_scopes
from assets.crm.hubspot.streams import Links, Stream


def check(section: Section) -> Iterator[Access]:
    """Ask each stream for one record."""
    options = read_options(section)
    api = connect(options)
    return check_streams(
        api,
        options.streams,
        lambda stream: _ask(api, stream),
        _lacking,
        f"HubSpot does not know the token of {TOKEN_VARIABLE}, or of {OAUTH_VARIABLES[-1]}",
    )


def _ask(api: Api, stream: Stream) -> Any:
    if isinstance(stream, Links):
        return api.post(stream.path, {"inputs": [{"id": "1"}]}, buckets=READING)
    return api.get(stream.path, buckets=READING)


def _lacking(error: ScopeError, stream: Stream) -> str:
    return (
        f"the app lacks {missing_scopes(error, stream)}; add it in HubSpot's settings of the app, "
        "or leave the stream out"
    )
