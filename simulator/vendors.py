"""The company behind three addresses: HubSpot, Stripe and Zendesk, each with what it would hold.

Customers and sales are in HubSpot, billing in Stripe, the helpdesk in Zendesk. What none of them
keeps comes as files: the shop, a survey tool, use, costs. These name customers and people as
HubSpot numbers them, tickets and agents as Zendesk does, as exports of such a company would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from simulator.company import AS_OF
from simulator.files import write_files
from simulator.hubspot import objects as hubspot_objects
from simulator.hubspot.portal import Portal
from simulator.hubspot.server import Server as HubSpot
from simulator.log import Contact, Customer, Log, entities
from simulator.loopback import serving
from simulator.stripe import objects as stripe_objects
from simulator.stripe.account import Account as StripeAccount
from simulator.stripe.billed import billed
from simulator.stripe.server import Server as Stripe
from simulator.zendesk import objects as zendesk_objects
from simulator.zendesk.account import Account as ZendeskAccount
from simulator.zendesk.server import Server as Zendesk

# Kept by a vendor, and in no file.
_IN_VENDORS = {
    "customers", "people", "deals", "deal_lines",
    "prices", "subscriptions", "subscription_items", "subscription_states", "subscription_pauses",
    "discounts", "invoices", "invoice_lines", "credit_note_lines", "payments",
    "tickets", "ticket_events", "messages", "contacts", "agents", "teams", "sla_policies",
}  # fmt: skip
_CUSTOMERS = ("customer_id", "referrer_customer_id", "invitee_customer_id")
# On the loopback nobody has to wait for a limit.
_PER_MINUTE = 60_000


class Vendors(NamedTuple):
    """The company's accounts."""

    hubspot: Portal
    stripe: StripeAccount
    zendesk: ZendeskAccount

    @property
    def credentials(self) -> dict[str, str]:
        """What the connectors look for in the environment; keys to nothing but these accounts."""
        return {
            "HUBSPOT_ACCESS_TOKEN": self.hubspot.token,
            "STRIPE_API_KEY": self.stripe.key,
            "ZENDESK_EMAIL": self.zendesk.email,
            "ZENDESK_API_TOKEN": self.zendesk.token,
        }


def told(log: Log) -> Log:
    """What a company with these vendors can know of the log when they are first asked.

    They show customers and teams as they are now, not as they were. Zendesk knows no unit of a
    team, no topic but a ticket's, no chat that nobody took, no fault of the network, and of the
    work only talk, hold and wrap-up.
    """
    return replace(
        billed(log),
        customers=_as_they_are(log.customers),
        teams=list({row.team: row._replace(unit=None) for row in log.teams}.values()),
        contacts=_as_met(log),
    )


def _as_they_are(rows: list[Customer]) -> list[Customer]:
    """The newest version of each, and its end where it was deleted."""
    newest: dict[str, Customer] = {}
    ends = []
    for row in sorted(rows, key=lambda row: row.updated_at or 0):
        if row.is_deleted:
            ends.append(row)
        else:
            newest[row.customer_id] = row
    return [*newest.values(), *ends]


def _as_met(log: Log) -> list[Contact]:
    """Calls, and chats that somebody took; what they were about is their ticket's."""
    topics = {ticket.ticket_id: ticket.topic for ticket in log.tickets}
    met = []
    for row in log.contacts:
        told_of = row._replace(
            topic=topics.get(row.ticket_id or ""),
            block_cause=row.block_cause if row.block_cause == "no_agents" else None,
            handle_seconds=None,
        )
        if row.channel == "phone":
            met.append(told_of)
        elif row.ticket_id:
            met.append(told_of._replace(hold_seconds=None, after_call_seconds=None))
    return met


def vendors_of(log: Log) -> Vendors:
    """The accounts as they stand at the end of what is told, filled for years.

    Nobody rates tickets in Zendesk: this company asks with a survey tool.
    """
    desk = zendesk_objects.fill(ZendeskAccount(now=AS_OF), replace(log, survey_responses=[]))
    desk.objects["satisfaction_ratings"].clear()
    return Vendors(
        hubspot_objects.fill(Portal(now=AS_OF), log),
        stripe_objects.fill(StripeAccount(now=AS_OF), log),
        desk,
    )


@contextmanager
def serving_vendors(vendors: Vendors) -> Iterator[dict[str, dict[str, Any]]]:
    """Serve the accounts on the loopback; gives the sections of sources.toml that find them."""
    with ExitStack() as stack:
        hubspot, stripe, zendesk = (
            stack.enter_context(serving(server)).address
            for server in (
                HubSpot(vendors.hubspot, _PER_MINUTE, _PER_MINUTE),
                Stripe(vendors.stripe, requests_per_second=_PER_MINUTE),
                Zendesk(vendors.zendesk, _PER_MINUTE, _PER_MINUTE),
            )
        )  # fmt: skip
        yield {
            "hubspot": {
                "base_url": hubspot,
                "account": vendors.hubspot.number,
                "requests_per_10_seconds": _PER_MINUTE,
                "searches_per_second": _PER_MINUTE,
            },
            "stripe": {"base_url": stripe, "requests_per_second": _PER_MINUTE},
            "zendesk": {
                "base_url": zendesk,
                "requests_per_minute": _PER_MINUTE,
                "exports_per_minute": _PER_MINUTE,
            },
        }


def write_the_rest(inbox: Path, log: Log, vendors: Vendors) -> None:
    """Files of what no vendor keeps."""
    ids = ids_of(vendors)
    sold = {item["name"] for item in vendors.stripe.objects["products"].values()}
    files: dict[str, list[list[Any]]] = {}
    for entity in entities():
        if entity not in _IN_VENDORS:
            rows = [_renamed(row, ids) for row in getattr(log, entity)]
            if entity == "services":
                rows = [row for row in rows if row.service not in sold]
            if rows:
                files[entity] = [rows]
    write_files(inbox, files, "csv")


def ids_of(vendors: Vendors) -> dict[str, Mapping[str, str]]:
    """By column, what a vendor calls each of the log's ids."""
    portal, desk = vendors.hubspot, vendors.zendesk

    def numbered(type_: str, name: str) -> dict[str, str]:
        shelves = (portal.live[type_], portal.archived[type_])
        return {
            item["properties"][name]: f"hubspot-{id_}"
            for shelf in shelves
            for id_, item in shelf.items()
        }

    customers, people = (
        numbered("companies", "customer_number"),
        numbered("contacts", "person_number"),
    )
    users, tickets = (
        {
            item["external_id"]: f"zendesk-{id_}"
            for id_, item in desk.objects[collection].items()
            if item.get("external_id")
        }
        for collection in ("users", "tickets")
    )
    return {
        **dict.fromkeys(_CUSTOMERS, customers),
        "person_id": people,
        "ticket_id": tickets,
        "agent_id": users,
        "reviewer_id": users,
    }


def _renamed(row: Any, ids: Mapping[str, Mapping[str, str]]) -> Any:
    named = {
        column: ids[column].get(getattr(row, column), getattr(row, column))
        for column in row._fields
        if column in ids
    }
    return row._replace(**named) if named else row
