"""What the key reaches: the answer of `mittaristo sources check` for Stripe."""

from __future__ import annotations

from collections.abc import Iterator

from assets.api.client import Api, ApiError, CredentialsError, ScopeError
from assets.api.source import Access, Section
from assets.billing.stripe.options import KEY_VARIABLE, read_options
from assets.billing.stripe.reading import connect, missing_scope
from assets.billing.stripe.streams import EVENT_STREAM, Stream


def check(section: Section) -> Iterator[Access]:
    """Ask each stream for one object. After unknown credentials nothing else is asked."""
    options = read_options(section)
    api = connect(options)
    try:
        for stream in (*options.streams, EVENT_STREAM):
            access = _check(api, stream)
            yield access or Access(stream.name, True, "readable")
    except CredentialsError as error:
        yield Access(
            "credentials", False, f"the key in {KEY_VARIABLE} is not known to Stripe: {error}"
        )
    finally:
        api.close()


def _check(api: Api, stream: Stream) -> Access | None:
    """What is wrong with a stream. Raises CredentialsError."""
    try:
        api.get(stream.path, [("limit", "1")], ["read"])
    except CredentialsError:
        raise
    except ScopeError as error:
        scope = missing_scope(error, stream)
        says = f"the key lacks {scope}; edit it in Stripe's dashboard, or leave the stream out"
        return Access(stream.name, False, says)
    except ApiError as error:
        return Access(stream.name, False, str(error))
    return None
