"""Customers that HubSpot, Stripe and files know under different ids, from raw to canonical."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.api.landing import Chunk, Landing
from assets.api.paging import Record
from assets.billing.stripe.streams import EVENTS
from assets.billing.stripe.streams import STREAMS as STRIPE_STREAMS
from assets.crm.hubspot.streams import STREAMS as HUBSPOT_STREAMS
from pipelines.dbt import ensure_parsed, manifest_json
from pipelines.identity import publish_identities
from pipelines.loads import Stream
from pipelines.plan import canonical_models
from pipelines.settings import Home
from simulator.company import AS_OF
from simulator.hubspot.portal import iso
from tests.support.build import deliver
from tests.support.canonical import Calendar, Company, company

Objects = Mapping[str, Mapping[str, dict[str, Any]]]
_DAY = 86_400


def portal_object(id_: str, day: int, **properties: str) -> dict[str, Any]:
    at = iso(AS_OF - 90 * _DAY + day * _DAY)
    return {"id": id_, "properties": properties, "createdAt": at, "updatedAt": at}


def linked(*companies: str) -> dict[str, Any]:
    primary = [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"}]
    return {"to": [{"toObjectId": int(id_), "associationTypes": primary} for id_ in companies]}


def invoice(id_: str, customer: str) -> dict[str, Any]:
    return {
        "id": id_, "customer": customer, "created": AS_OF, "status": "open", "currency": "eur",
        "total": 1000, "total_excluding_tax": 1000,
    }  # fmt: skip


FIRST: dict[str, Objects] = {
    "hubspot": {
        "companies": {
            "1": portal_object("1", 0, name="Eka", business_id="FI01234567"),
            "2": portal_object("2", 0, name="Toka"),
        },
        "contacts": {
            "12": portal_object("12", 0, email="B@toka.example"),
        },
        "associations_contacts_companies": {"12": linked("2")},
    },
    "stripe": {
        "customers": {
            "cus_1": {"id": "cus_1", "created": AS_OF, "metadata": {"business_id": "0123456-7"}},
            "cus_2": {"id": "cus_2", "created": AS_OF, "email": "b@toka.example"},
            "cus_3": {"id": "cus_3", "created": AS_OF},
        },
        "invoices": {f"in_{n}": invoice(f"in_{n}", f"cus_{n}") for n in (1, 2, 3)},
    },
}
LATER: dict[str, Objects] = {
    "hubspot": {
        "companies": {"3": portal_object("3", 5, name="Kolmas")},
        "contacts": {
            "12": portal_object("12", 5, email="else@toka.example"),
            "13": portal_object("13", 5, phone="040 1234567"),
        },
        "associations_contacts_companies": {"13": linked("3")},
    },
    "stripe": {
        "customers": {"cus_3": {"id": "cus_3", "created": AS_OF, "phone": "+358 40 1234567"}},
    },
}


def land(of: Company, objects: Mapping[str, Objects], clock: Calendar) -> None:
    streams = {
        "hubspot": [stream.name for stream in HUBSPOT_STREAMS],
        "stripe": [EVENTS, *(stream.name for stream in STRIPE_STREAMS)],
    }
    for source, content in objects.items():
        landing = Landing(of.warehouse.connection, source, "run", clock)
        landing.create_tables(streams[source])
        chunk = Chunk()
        for stream, items in content.items():
            chunk.add(stream, [Record(id_, payload) for id_, payload in items.items()])
        landing.land(chunk)


def named(of: Company) -> dict[str, list[tuple[str, str]]]:
    return {
        "invoices": of.warehouse.query(
            "select invoice_id, customer_id from canonical.invoices order by all"
        ),
        "tickets": of.warehouse.query(
            "select ticket_id, customer_id from canonical.tickets order by all"
        ),
        "people": of.warehouse.query(
            "select person_id, customer_id from canonical.people order by all"
        ),
    }


def test_links_that_come_and_go_restate_the_rows_of_their_customers(
    tmp_path: Path, warehouse_template: Home
) -> None:
    clock = Calendar()
    clock.passed = float(AS_OF)
    with company(tmp_path / "home", warehouse_template) as seen:
        deliver(seen.warehouse, tmp_path / "inbox", {
            "tickets.csv": "ticket_id,customer_id,channel,created_at,status\n"
            "t2,cus_2,email,2026-03-02,open\nt9,,email,2026-03-02,open\n",
            "fx_rates.csv": "currency,rate_date,units_per_eur\nSEK,2020-01-01,11\n",
        }, datetime.fromtimestamp(AS_OF, UTC))  # fmt: skip
        land(seen, FIRST, clock)
        seen.build()
        # The CRM's id names the party, also in a file that names it by the biller's.
        assert named(seen) == {
            "invoices": [("in_1", "hubspot-1"), ("in_2", "hubspot-2"), ("in_3", "cus_3")],
            "tickets": [("t2", "hubspot-2"), ("t9", None)],
            "people": [("cus_2", "hubspot-2"), ("hubspot-12", "hubspot-2")],
        }

        land(seen, LATER, clock)
        assert not seen.build().rebuild_canonical
        bit_by_bit = named(seen)
        assert bit_by_bit == {
            "invoices": [("in_1", "hubspot-1"), ("in_2", "cus_2"), ("in_3", "hubspot-3")],
            "tickets": [("t2", "cus_2"), ("t9", None)],
            "people": [
                ("cus_2", "cus_2"), ("cus_3", "hubspot-3"),
                ("hubspot-12", "hubspot-2"), ("hubspot-13", "hubspot-3"),
            ],
        }  # fmt: skip
        # What moved counts as changed by this build, and nothing else does.
        [(newest,)] = seen.warehouse.query("select max(load_id) from meta.load")
        assert seen.warehouse.query(
            f"select invoice_id from canonical.invoices where changed_load_id = {newest} order by 1"
        ) == [("in_2",), ("in_3",)]
        assert seen.warehouse.query(
            f"select customer_id from canonical.customers where changed_load_id = {newest} "
            "order by 1"
        ) == [("cus_2",), ("cus_3",), ("hubspot-2",), ("hubspot-3",)]

        publish_identities(seen.warehouse.connection)
        assert seen.warehouse.query(
            "select source_customer_id, customer_id, source, matched_by, status "
            "from meta.identity_link order by all"
        ) == [
            ("cus_1", "hubspot-1", "stripe", "business_id", "linked"),
            ("cus_3", "hubspot-3", "stripe", "phone", "linked"),
            ("hubspot-1", "hubspot-1", "hubspot", "business_id", "linked"),
            ("hubspot-3", "hubspot-3", "hubspot", "phone", "linked"),
        ]
        assert seen.warehouse.query(
            "select source, customers_n, matched_n, ambiguous_n, matched_rate::double "
            "from meta.identity_match order by all"
        ) == [("hubspot", 3, 2, 0, 0.666667), ("stripe", 3, 2, 0, 0.666667)]

        seen.build(is_full=True)
        assert named(seen) == bit_by_bit


def test_one_source_of_customers_asks_nobody_who_is_who() -> None:
    ensure_parsed()
    manifest = manifest_json()
    identity = {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node.get("fqn", [])[1:3] == ["staging", "identity"]
    }
    assert len(identity) == 5
    one = {Stream("files", "customers"), Stream("files", "people"), Stream("files", "tickets")}
    assert canonical_models(manifest, one) & identity == set()
    assert "model.mittaristo.stg_stripe__customers" not in canonical_models(manifest, one)
    two = {*one, Stream("hubspot", "companies")}
    assert canonical_models(manifest, two) >= identity
    assert "model.mittaristo.stg_stripe__customers" not in canonical_models(manifest, two)
