"""How HubSpot is read: in which order, and what an error means.

What belongs here: what a run does with each stream. What does not: which streams there are
(streams.py), how one is paged (objects.py, links.py, lists.py), and how records land (assets/api/).
"""

from __future__ import annotations

from collections.abc import Iterator

from assets.api.client import Api, ApiError, CredentialsError, RefusedError, ScopeError
from assets.api.intake import RECORDS_PER_CHUNK, Intake, Step
from assets.api.landing import Landing, Reading
from assets.crm.hubspot.links import LinksReader
from assets.crm.hubspot.lists import WholeReader
from assets.crm.hubspot.objects import ObjectsReader
from assets.crm.hubspot.options import Options
from assets.crm.hubspot.portal import READING, WINDOW_S, buckets_of, missing_scopes
from assets.crm.hubspot.streams import STREAMS, Links, Objects, Stream

ACCOUNT = "account"


class Reader:
    """One run's reading of HubSpot."""

    def __init__(
        self,
        api: Api,
        landing: Landing,
        options: Options,
        records_per_chunk: int = RECORDS_PER_CHUNK,
    ) -> None:
        self._api = api
        self._landing = landing
        self._options = options
        self._intake = Intake(api, landing, records_per_chunk)
        self._streams = {stream.name: stream for stream in options.streams}

    def read(self) -> list[Reading]:
        """Objects first, then what links them. Raises SourceError after all was tried."""
        # Those that are left out as well: staging reads them beside the others.
        self._landing.create_tables([stream.name for stream in STREAMS])
        self._intake.recall(WINDOW_S, buckets_of)
        return self._intake.take(self._steps(), self._problem)

    def _steps(self) -> Iterator[Step]:
        if self._options.account:
            yield Reading(ACCOUNT, "check"), self._check_account
        for stream in self._options.streams:
            yield from self._steps_of(stream)

    def _steps_of(self, stream: Stream) -> Iterator[Step]:
        if isinstance(stream, Objects):
            yield from ObjectsReader(stream, self._api, self._intake, self._options).steps()
        elif isinstance(stream, Links):
            yield Reading(stream.name, "links"), LinksReader(stream, self._api, self._intake).read
        else:
            yield Reading(stream.name, "list"), WholeReader(stream, self._api, self._intake).read

    def _check_account(self, _reading: Reading) -> None:
        """Raises CredentialsError for a token of another account: nothing of it may land."""
        found = self._api.get("/account-info/v3/details", buckets=READING)
        portal = found.get("portalId") if isinstance(found, dict) else None
        if portal != self._options.account:
            raise CredentialsError(
                f"the token is of account {portal}, sources.toml names {self._options.account}"
            )

    def _problem(self, stream_name: str, error: ApiError) -> str:
        name = f"hubspot {stream_name}"
        if stream_name == ACCOUNT:
            return f"{name}: {error}"
        if isinstance(error, CredentialsError):
            return f"{name}: HubSpot does not know the token; was it rotated or removed? {error}"
        if isinstance(error, ScopeError):
            scopes = missing_scopes(error, self._streams[stream_name])
            return f"{name}: the app lacks {scopes}: {error}"
        if isinstance(error, RefusedError) and _is_daily_quota(error):
            return f"{name}: the account's quota of the day is used up; run again tomorrow: {error}"
        return f"{name}: {error}"


def _is_daily_quota(error: RefusedError) -> bool:
    return isinstance(error.body, dict) and error.body.get("policyName") == "DAILY"
