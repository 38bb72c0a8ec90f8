"""What stands in for Stripe is judged by Stripe's own client and Stripe's own specification."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import stripe
from jsonschema import Draft202012Validator

from pipelines.contract import PROJECT_DIR
from simulator.loopback import Query, Served, serving
from simulator.stripe.account import COLLECTIONS, Account
from simulator.stripe.server import Server
from tests.support.shapes import misfits
from tests.support.stripe_account import small_account

SPEC = PROJECT_DIR.parent / "shared" / "data" / "specs" / "stripe_spec3.json.gz"
EXPAND = {
    "prices": ["data.tiers"],
    "subscriptions": ["data.discounts", "data.items.data.discounts"],
    "invoices": ["data.discounts", "data.lines.data.discounts"],
}


@pytest.fixture(scope="module")
def account() -> Account:
    account = small_account()
    for customer in account.listed("customers")[:5]:
        account.put(customer)
    return account


@pytest.fixture(scope="module")
def served(account: Account) -> Iterator[Served]:
    with serving(Server(account, requests_per_second=10_000)) as served:
        yield served


@pytest.mark.parametrize("collection", COLLECTIONS.values())
def test_the_official_client_walks_every_collection(
    account: Account, served: Served, collection: str
) -> None:
    client = stripe.StripeClient(account.key, base_addresses={"api": served.address})
    params: dict[str, Any] = {"limit": 7}
    if collection == "subscriptions":
        params["status"] = "all"
    walked = list(getattr(client.v1, collection).list(params).auto_paging_iter())
    assert [item.id for item in walked] == [item["id"] for item in account.listed(collection)]
    assert walked
    one = getattr(client.v1, collection).retrieve(walked[0].id)
    assert one.id == walked[0].id


def test_the_official_client_walks_the_lines_of_an_invoice(account: Account) -> None:
    longest = max(account.listed("invoices"), key=lambda item: len(item["lines"]["data"]))
    with serving(Server(account, embedded_n=1)) as served:
        client = stripe.StripeClient(account.key, base_addresses={"api": served.address})
        invoice = client.v1.invoices.retrieve(longest["id"])
        assert (len(invoice.lines.data), invoice.lines.has_more) == (1, True)
        lines = client.v1.invoices.line_items.list(longest["id"], {"limit": 1})
        walked = [line.id for line in lines.auto_paging_iter()]
    assert walked == [line["id"] for line in longest["lines"]["data"]]
    assert len(walked) > 1


def test_the_official_client_understands_the_errors(account: Account, served: Served) -> None:
    stranger = stripe.StripeClient("rk_test_other", base_addresses={"api": served.address})
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.customers.list()
    client = stripe.StripeClient(account.key, base_addresses={"api": served.address})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.customers.retrieve("cus_nobody")
    assert (raised.value.code, raised.value.param) == ("resource_missing", "id")
    account.scopes_missing.add("rak_customer_read")
    try:
        with pytest.raises(stripe.PermissionError, match="rak_customer_read"):
            client.v1.customers.list()
    finally:
        account.scopes_missing.clear()


@cache
def schemas() -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip("Stripe's specification is not beside this checkout")
    return _as_json_schema(json.loads(gzip.decompress(SPEC.read_bytes()))["components"])


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, JSON Schema says null."""
    if isinstance(node, list):
        return [_as_json_schema(child) for child in node]
    if not isinstance(node, dict):
        return node
    node = {name: _as_json_schema(child) for name, child in node.items()}
    if node.pop("nullable", None) is True:
        return {"anyOf": [node, {"type": "null"}]}
    return node


def _complaints(kind: str, body: Any) -> list[str]:
    """What the specification says against a body; it is silent about fields that Stripe has not."""
    unknown = sorted(set(body) - set(schemas()["schemas"][kind]["properties"]))
    schema = {"$ref": f"#/components/schemas/{kind}", "components": schemas()}
    errors = Draft202012Validator(schema).iter_errors(body)
    return [f"{kind}: no field {name}" for name in unknown] + [
        f"{kind} {body['id']}: {'/'.join(map(str, e.path))}: {e.message[:300]}" for e in errors
    ]


def test_the_specification_does_complain(account: Account) -> None:
    invoice = {**account.listed("invoices")[0], "currency": None, "colour": "red"}
    del invoice["lines"]
    said = " ".join(_complaints("invoice", invoice))
    assert "no field colour" in said
    assert "'lines' is a required property" in said
    assert "currency" in said


@pytest.mark.parametrize("kind", COLLECTIONS)
@pytest.mark.parametrize("is_expanded", [False, True])
def test_every_kind_of_body_follows_the_specification(
    account: Account, kind: str, is_expanded: bool
) -> None:
    collection = COLLECTIONS[kind]
    expand = EXPAND.get(collection, []) if is_expanded else []
    params = [("limit", "100"), ("status", "all"), *(("expand[]", field) for field in expand)]
    query = Query(f"/v1/{collection}", tuple(params), {"Authorization": f"Bearer {account.key}"})
    bodies = Server(account)(query).body["data"]
    assert bodies
    # The validator resolves thousands of references per body: the various ones are enough.
    various = {tuple(sorted((k, v is None, v == []) for k, v in b.items())): b for b in bodies}
    complaints = [c for body in list(various.values())[:4] for c in _complaints(kind, body)]
    assert complaints == []


# What staging reads of each object, as Stripe's documentation shows it; the content is made up.
DISCOUNT = {
    "id": "di_1", "object": "discount", "start": 1_700_000_000, "end": None,
    "source": {"type": "coupon", "coupon": "TENTH"}, "subscription": None,
    "subscription_item": None, "invoice": None, "invoice_item": None,
}  # fmt: skip
PRICE = {
    "id": "price_1", "object": "price", "active": True, "created": 1_700_000_000, "currency": "eur",
    "metadata": {}, "product": "prod_1", "tiers_mode": None, "type": "recurring",
    "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
    "unit_amount_decimal": "1290",
}  # fmt: skip
ITEM = {
    "id": "si_1", "object": "subscription_item", "created": 1_700_000_000,
    "current_period_end": 1_702_592_000, "current_period_start": 1_700_000_000, "discounts": [],
    "metadata": {}, "price": PRICE, "quantity": 1, "subscription": "sub_1",
}  # fmt: skip
LINE = {
    "id": "il_1", "object": "line_item", "amount": 1_290, "currency": "eur", "discount_amounts": [],
    "discounts": [], "invoice": "in_1", "metadata": {},
    "parent": {
        "type": "subscription_item_details", "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None, "proration": False, "subscription": "sub_1",
            "subscription_item": "si_1",
        },
    },
    "period": {"start": 1_700_000_000, "end": 1_702_592_000},
    "pricing": {
        "type": "price_details", "price_details": {"price": "price_1", "product": "prod_1"},
        "unit_amount_decimal": "1290",
    },
    "quantity": 1, "subtotal": 1_290,
    "taxes": [{"amount": 329, "tax_behavior": "exclusive", "taxable_amount": 1_290}],
}  # fmt: skip


def _listed(item: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": [item], "has_more": False, "url": "/v1/…"}


EXCERPTS: dict[str, dict[str, Any]] = {
    "customers": {
        "id": "cus_1", "object": "customer", "address": {"country": "FI"}, "created": 1_700_000_000,
        "email": "a@example.com", "metadata": {}, "name": "A", "phone": "+358401234567",
    },
    "products": {
        "id": "prod_1", "object": "product", "active": True, "created": 1_700_000_000,
        "metadata": {}, "name": "Pro",
    },
    "prices": PRICE,
    "coupons": {
        "id": "TENTH", "object": "coupon", "amount_off": None, "currency": None,
        "duration": "forever", "duration_in_months": None, "name": "Tenth", "percent_off": 10.0,
    },
    "subscriptions": {
        "id": "sub_1", "object": "subscription", "cancel_at": None, "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "created": 1_700_000_000, "currency": "eur", "customer": "cus_1", "discounts": [],
        "ended_at": None, "items": _listed(ITEM), "metadata": {}, "pause_collection": None,
        "schedule": None, "start_date": 1_700_000_000, "status": "active", "trial_end": None,
        "trial_start": None,
    },
    "subscription_schedules": {
        "id": "sub_sched_1", "object": "subscription_schedule", "created": 1_700_000_000,
        "phases": [{"start_date": 1_700_000_000, "end_date": 1_731_536_000, "items": []}],
        "status": "active", "subscription": "sub_1",
    },
    "invoices": {
        "id": "in_1", "object": "invoice", "created": 1_700_000_000, "currency": "eur",
        "customer": "cus_1", "discounts": [], "due_date": None, "lines": _listed(LINE),
        "metadata": {}, "number": "A-1",
        "parent": {
            "type": "subscription_details", "quote_details": None,
            "subscription_details": {"metadata": {}, "subscription": "sub_1"},
        },
        "status": "paid",
        "status_transitions": {
            "finalized_at": 1_700_000_000, "marked_uncollectible_at": None,
            "paid_at": 1_700_000_000, "voided_at": None,
        },
        "subtotal": 1_290, "total": 1_619, "total_discount_amounts": [],
        "total_excluding_tax": 1_290,
    },
    "invoice_payments": {
        "id": "inpay_1", "object": "invoice_payment", "amount_paid": 1_619, "invoice": "in_1",
        "payment": {"type": "payment_intent", "payment_intent": "pi_1"}, "status": "paid",
    },
    "credit_notes": {
        "id": "cn_1", "object": "credit_note", "amount": 100, "created": 1_700_000_000,
        "currency": "eur", "invoice": "in_1",
        "lines": _listed({
            "id": "cnli_1", "object": "credit_note_line_item", "amount": 100, "discount_amount": 0,
            "taxes": [], "type": "invoice_line_item",
        }),
        "metadata": {}, "reason": None, "status": "issued",
    },
    "charges": {
        "id": "ch_1", "object": "charge", "amount": 1_619, "amount_refunded": 0,
        "created": 1_700_000_000, "currency": "eur", "failure_code": None,
        "payment_intent": "pi_1", "status": "succeeded",
    },
    "refunds": {
        "id": "re_1", "object": "refund", "amount": 100, "charge": "ch_1",
        "created": 1_700_000_000, "currency": "eur", "status": "succeeded",
    },
    "events": {
        "id": "evt_1", "object": "event", "created": 1_700_000_000,
        "data": {"object": {"id": "cus_1", "object": "customer"}}, "type": "customer.updated",
    },
}  # fmt: skip


@pytest.mark.parametrize("collection", EXCERPTS)
def test_bodies_have_the_shape_of_the_real_thing(account: Account, collection: str) -> None:
    params = (("limit", "100"), ("status", "all"))
    query = Query(f"/v1/{collection}", params, {"Authorization": f"Bearer {account.key}"})
    bodies = Server(account)(query).body["data"]
    # Free items, and lines for no item, have less to say.
    fullest = max(bodies, key=lambda body: len(json.dumps(body)))
    assert misfits(EXCERPTS[collection], fullest) == []


def test_a_discount_has_the_shape_of_the_real_thing(account: Account) -> None:
    granted = [one for body in account.listed("subscriptions") for one in body["discounts"]]
    assert granted
    assert [misfits(DISCOUNT, one) for one in granted] == [[]] * len(granted)
