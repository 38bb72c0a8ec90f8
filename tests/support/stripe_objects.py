"""Stripe's objects as tests state them: only what is read, and how they land."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from assets.api.landing import Chunk, Landing
from assets.api.paging import Record
from assets.billing.stripe.streams import EVENTS, LOOKUPS, STREAMS
from tests.support.clock import FakeClock
from tests.support.dbt import WarehouseUnderTest

Object = dict[str, Any]
DAY = 86_400
# 2026-03-01 in UTC.
T0 = 1_772_323_200


def at(day: int) -> datetime:
    return datetime.fromtimestamp(T0 + day * DAY, UTC)


def obj(id_: str, **fields: Any) -> Object:
    return {"id": id_, "created": T0, **fields}


def listed(*items: Object) -> Object:
    return {"object": "list", "data": list(items), "has_more": False}


def price(id_: str, currency: str, amount: str | None, **fields: Any) -> Object:
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}
    return obj(
        id_, currency=currency, unit_amount_decimal=amount, recurring=recurring, product="prod_1",
        active=True, metadata={}, tiers_mode=None,
    ) | fields  # fmt: skip


def tier(up_to: int | None, amount: str, flat: str | None = None) -> Object:
    return {"up_to": up_to, "unit_amount_decimal": amount, "flat_amount_decimal": flat}


def subscription(id_: str, *items: Object, **fields: Any) -> Object:
    return obj(
        id_, object="subscription", customer="cus_1", status="active", currency="eur",
        start_date=T0, items=listed(*items), discounts=[], metadata={},
    ) | fields  # fmt: skip


def item(id_: str, of: Object, quantity: int = 1, **fields: Any) -> Object:
    return obj(id_, price=of, quantity=quantity, discounts=[], metadata={}) | fields


def discount(id_: str, coupon: str, **owner: str) -> Object:
    return {
        "id": id_,
        "source": {"type": "coupon", "coupon": coupon},
        "start": T0,
        "end": None,
        **owner,
    }


def invoice(id_: str, *lines: Object, currency: str = "eur", **fields: Any) -> Object:
    total = sum(line["amount"] for line in lines)
    return obj(
        id_, customer="cus_1", currency=currency, status="open", discounts=[], metadata={},
        total_discount_amounts=[], total=total, total_excluding_tax=total, lines=listed(*lines),
    ) | fields  # fmt: skip


def line(id_: str, amount: int, unit: str, currency: str = "eur", **fields: Any) -> Object:
    return {
        "id": id_,
        "amount": amount,
        "currency": currency,
        "quantity": 1,
        "discounts": [],
        "discount_amounts": [],
        "metadata": {},
        "parent": {"type": "invoice_item_details", "invoice_item_details": {"proration": False}},
        "period": {"start": T0, "end": T0},
        "pricing": {"unit_amount_decimal": unit, "price_details": {"product": "prod_1"}},
        "taxes": [],
        **fields,
    }


def event(id_: str, day: int, snapshot: Object) -> Object:
    return {"id": id_, "created": T0 + day * DAY, "data": {"object": snapshot}}


def chunk(objects: Mapping[str, Sequence[Object]], *gone: Record) -> Chunk:
    found = Chunk()
    for stream, items in objects.items():
        found.add(stream, [Record(each["id"], each, str(each["created"])) for each in items])
    if gone:
        found.add("invoices", gone)
    return found


def landing_on(warehouse: WarehouseUnderTest, clock: FakeClock) -> Landing:
    """Where chunks land; every table is there."""
    landing = Landing(warehouse.connection, "stripe", "run-1", clock, LOOKUPS)
    landing.create_tables([EVENTS, *(stream.name for stream in STREAMS)])
    return landing


def staged(warehouse: WarehouseUnderTest, entity: str, columns: str, where: str = "true") -> Any:
    """What staging says."""
    return warehouse.query(
        f"select {columns} from staging.stg_stripe__{entity} where {where} order by all"
    )
