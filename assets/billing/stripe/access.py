"""What the key reaches: the answer of `mittaristo sources check` for Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assets.api.client import Api, ApiError, CredentialsError, ScopeError
from assets.billing.stripe.options import KEY_VARIABLE, Options
from assets.billing.stripe.reading import missing_scope
from assets.billing.stripe.streams import EVENT_STREAM


@dataclass(frozen=True)
class Access:
    """Whether one stream can be read, and what to do where it cannot."""

    stream: str
    is_ok: bool
    says: str


def check(api: Api, options: Options) -> Iterator[Access]:
    """Ask each stream for one object. After unknown credentials nothing else is asked."""
    for stream in (*options.streams, EVENT_STREAM):
        try:
            api.get(stream.path, [("limit", "1")], ["read"])
        except CredentialsError as error:
            yield Access(
                stream.name, False, f"the key in {KEY_VARIABLE} is not known to Stripe: {error}"
            )
            return
        except ScopeError as error:
            scope = missing_scope(error, stream)
            yield Access(
                stream.name,
                False,
                f"the key lacks {scope}; edit it in Stripe's dashboard, or leave the stream out",
            )
        except ApiError as error:
            yield Access(stream.name, False, str(error))
        else:
            yield Access(stream.name, True, "readable")
