"""The raw tables that sources behind an API have, by source."""

from __future__ import annotations

from assets.billing.stripe import streams as stripe
from assets.crm.hubspot import streams as hubspot
from assets.helpdesk.zendesk import streams as zendesk

STREAMS_OF_VENDORS = {
    "hubspot": {stream.name for stream in hubspot.STREAMS},
    "stripe": {stream.name for stream in (*stripe.STREAMS, stripe.EVENT_STREAM)},
    "zendesk": {stream.name for stream in zendesk.STREAMS},
}
