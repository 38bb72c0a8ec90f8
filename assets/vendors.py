"""The sources behind an API, by the name of their section in sources.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assets.api.source import Access, Vendor
from assets.billing.stripe import access as stripe_access
from assets.billing.stripe import assets as stripe
from assets.billing.stripe import options as stripe_options
from assets.crm.hubspot import access as hubspot_access
from assets.crm.hubspot import assets as hubspot
from assets.crm.hubspot import options as hubspot_options
from assets.helpdesk.zendesk import access as zendesk_access
from assets.helpdesk.zendesk import assets as zendesk
from assets.helpdesk.zendesk import options as zendesk_options
from pipelines.settings import Settings

VENDORS: Mapping[str, Vendor] = {
    hubspot_options.SOURCE: Vendor(hubspot.specs, hubspot.land, hubspot_access.check),
    stripe_options.SOURCE: Vendor(stripe.specs, stripe.land, stripe_access.check),
    zendesk_options.SOURCE: Vendor(zendesk.specs, zendesk.land, zendesk_access.check),
}


def check_access(settings: Settings) -> Iterator[tuple[str, Access]]:
    """Ask every stream of every configured vendor for one record. Raises SettingsError."""
    for name, section in settings.vendors.items():
        for access in VENDORS[name].check(section):
            yield name, access
