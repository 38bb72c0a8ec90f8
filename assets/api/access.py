"""What credentials reach: the answer of `mittaristo sources check`, for any vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from assets.api.client import Api, ApiError, CredentialsError, ScopeError
from assets.api.options import StreamT
from assets.api.source import Access


def check_streams(
    api: Api,
    streams: Iterable[StreamT],
    ask: Callable[[StreamT], object],
    lacking: Callable[[ScopeError, StreamT], str],
    unknown: str,
) -> Iterator[Access]:
    """Ask for one record of each stream; after unknown credentials nothing else is asked.

    `lacking` says what to do about a missing permission, `unknown` what about the credentials.
    """
    try:
        for stream in streams:
            try:
                ask(stream)
            except CredentialsError as error:
                yield Access("credentials", False, f"{unknown}: {error}")
                return
            except ScopeError as error:
                yield Access(stream.name, False, lacking(error, stream))
            except ApiError as error:
                yield Access(stream.name, False, str(error))
            else:
                yield Access(stream.name, True, "readable")
    finally:
        api.close()
