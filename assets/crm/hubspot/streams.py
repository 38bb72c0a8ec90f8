"""The streams of HubSpot, as data. Adding one is an entry here.

Paths are those of the CRM API v3 and of associations v4, which HubSpot's own client speaks too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Objects:
    """Records of the CRM: searched by when they were modified, read in batches.

    `modified` is the property that a change touches. `calculated` are properties that HubSpot works
    out by itself and that are needed all the same; the others of that kind change without any
    record being touched, and are left out. `history` are properties whose earlier values come
    along. `is_dated` streams begin at the start date of sources.toml.
    """

    name: str
    scope: str
    modified: str = "hs_lastmodifieddate"
    calculated: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    is_dated: bool = False

    @property
    def path(self) -> str:
        return f"/crm/v3/objects/{self.name}"

    @property
    def properties_path(self) -> str:
        return f"/crm/v3/properties/{self.name}"


@dataclass(frozen=True)
class Links:
    """Which objects of `to` each object of `of` belongs to: one record per object of `of`."""

    of: str
    to: str

    @property
    def name(self) -> str:
        return f"associations_{self.of}_{self.to}"

    @property
    def scope(self) -> str:
        """Links are read with the permissions of what they link."""
        return " and ".join(dict.fromkeys(SCOPES[name] for name in (self.of, self.to)))

    @property
    def path(self) -> str:
        return f"/crm/v4/associations/{self.of}/{self.to}/batch/read"


@dataclass(frozen=True)
class Whole:
    """A list that is short enough to be read at each run; `has_archive` lists archived ones too."""

    name: str
    path: str
    scope: str
    has_archive: bool = False


Stream = Objects | Links | Whole

OBJECTS = (
    Objects("companies", "crm.objects.companies.read"),
    # The one type that is modified under another name.
    Objects("contacts", "crm.objects.contacts.read", modified="lastmodifieddate"),
    Objects("products", "crm.objects.products.read"),
    Objects(
        "deals",
        "crm.objects.deals.read",
        calculated=("amount_in_home_currency", "hs_is_closed", "hs_is_closed_won"),
        history=("dealstage", "amount", "closedate"),
    ),
    Objects(
        "line_items",
        "crm.objects.line_items.read",
        calculated=("amount", "hs_pre_discount_amount", "hs_term_in_months", "hs_total_discount"),
    ),
    Objects("calls", "crm.objects.contacts.read", is_dated=True),
    Objects("feedback_submissions", "crm.objects.feedback_submissions.read", is_dated=True),
)
SCOPES = {stream.name: stream.scope for stream in OBJECTS}

LINKS = (
    Links("contacts", "companies"),
    Links("deals", "companies"),
    Links("deals", "contacts"),
    Links("deals", "line_items"),
    Links("calls", "contacts"),
    Links("calls", "companies"),
    Links("calls", "deals"),
    Links("feedback_submissions", "contacts"),
)

LISTS = (
    Whole("owners", "/crm/v3/owners", "crm.objects.owners.read", has_archive=True),
    Whole("deal_pipelines", "/crm/v3/pipelines/deals", "crm.objects.deals.read"),
)

STREAMS: tuple[Stream, ...] = (*OBJECTS, *LINKS, *LISTS)

# Their records are named by those of others: a deal's stage, its owner's team, a line's product.
LOOKUPS = ("products", *(stream.name for stream in LISTS))
