"""What the key reaches: the answer of `mittaristo sources check` for Stripe."""

from __future__ import annotations

from collections.abc import Iterator

from assets.api.access import check_streams
from assets.api.client import ScopeError
from assets.api.source import Access, Section
from assets.billing.stripe.options import KEY_VARIABLE, read_options
from assets.billing.stripe.reading import connect, missing_scope
from assets.billing.stripe.streams import EVENT_STREAM, Stream


def check(section: Section) -> Iterator[Access]:
    """Ask each stream for one object."""
    options = read_options(section)
    api = connect(options)
    return check_streams(
        api,
        (*options.streams, EVENT_STREAM),
        lambda stream: api.get(stream.path, [("limit", "1")], ["read"]),
        _lacking,
        f"the key in {KEY_VARIABLE} is not known to Stripe",
    )


def _lacking(error: ScopeError, stream: Stream) -> str:
    return (
        f"the key lacks {missing_scope(error, stream)}; edit it in Stripe's dashboard, or leave "
        "the stream out"
    )
