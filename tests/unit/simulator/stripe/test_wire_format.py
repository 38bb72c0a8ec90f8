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
