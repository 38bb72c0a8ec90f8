"""What the credentials reach: the answer of `mittaristo sources check` for Zendesk."""

from __future__ import annotations

from collections.abc import Iterator

from assets.api.access import check_streams
from assets.api.client import Api, ApiError, NotFoundError
from assets.api.source import Access, Section
from assets.helpdesk.zendesk.options import read_options
from assets.helpdesk.zendesk.paging import first_position, params_of
from assets.helpdesk.zendesk.reading import buckets_of, connect, explain
from assets.helpdesk.zendesk.streams import Stream

_SHORTLY_S = 3_600


def check(section: Section) -> Iterator[Access]:
    """Ask each stream for a page, by each of its ways."""
    options = read_options(section)
    api = connect(options)
    return check_streams(
        api,
        options.streams,
        lambda stream: _ask(api, stream),
        lambda error, stream: explain(stream, error),
        "Zendesk does not know them",
    )


def _ask(api: Api, stream: Stream) -> None:
    since = int(api.clock.now().timestamp()) - _SHORTLY_S
    for way in dict.fromkeys(stream.ways):
        try:
            api.get(way.path, params_of(way, first_position(way, since)), buckets_of(way.path))
        except NotFoundError as error:
            raise ApiError(explain(stream, error), error.status) from error
