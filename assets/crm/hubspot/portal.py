"""HubSpot's end of a conversation: its buckets, its statuses and its error bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from assets.api.client import Api, CredentialsError, ScopeError
from assets.api.clock import Clock
from assets.api.limiter import Bucket
from assets.crm.hubspot.options import Options
from assets.crm.hubspot.streams import Stream

READ, SEARCH = "read", "search"
# What draws from a bucket: every request from the first, a search from both.
READING, SEARCHING = (READ,), (READ, SEARCH)
WINDOW_S = 10.0
# Before a page that cannot be right is asked for again.
REREAD_PAUSE_S = 1.0
# What Cloudflare says in HubSpot's name to a token that is none, and HubSpot while it moves house.
_MALFORMED_TOKEN, _MIGRATION = 530, 477


def connect(options: Options, clock: Clock | None = None) -> Api:
    """HubSpot, as the options say."""
    return Api(
        options.base_url,
        options.credentials,
        [
            Bucket(READ, options.requests_per_10_seconds, WINDOW_S),
            Bucket(SEARCH, options.searches_per_second, 1.0),
        ],
        should_retry=_should_retry,
        errors={_MALFORMED_TOKEN: CredentialsError},
        clock=clock,
    )


def buckets_of(path: str) -> tuple[str, ...]:
    return SEARCHING if path.endswith("/search") else READING


def _should_retry(status: int, _headers: Mapping[str, str], body: Any) -> bool | None:
    """The quota of a day does not come back within a run; what is locked or moving does."""
    if status == _MALFORMED_TOKEN:
        return False
    if status == HTTPStatus.TOO_MANY_REQUESTS and isinstance(body, dict):
        return body.get("policyName") != "DAILY"
    return True if status in (HTTPStatus.LOCKED, _MIGRATION) else None


def missing_scopes(error: ScopeError, stream: Stream) -> str:
    """What to add to the app: what HubSpot names, else what the stream is known to need."""
    return " or ".join(dict.fromkeys(_named_scopes(error.body))) or stream.scope


def _named_scopes(body: Any) -> Iterator[str]:
    if not isinstance(body, dict):
        return
    for part in (body, *body.get("errors", ())):
        context = part.get("context") or {} if isinstance(part, dict) else {}
        yield from context.get("requiredGranularScopes", ())
