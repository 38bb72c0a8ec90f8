"""The streams of Stripe, as data. Adding one is an entry here.

Names, paths and expandable fields are those of API version VERSION, which every request asks for.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "2026-08-26.dahlia"
EVENTS = "events"


@dataclass(frozen=True)
class Child:
    """A list inside an object, of which Stripe embeds the first few and pages the rest.

    `{id}` in `path` and `params` is the object's id.
    """

    field: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    expand: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stream:
    """One kind of object.

    `object` is what Stripe calls it in the field of that name, `scope` the permission of a
    restricted key. `expand` are fields of the object that are otherwise ids or missing. `is_dated`
    streams begin at the start date of sources.toml; the others are needed whole. What rows of other
    streams are read with `is_lookup`.
    """

    name: str
    object: str
    scope: str
    params: tuple[tuple[str, str], ...] = ()
    expand: tuple[str, ...] = ()
    children: tuple[Child, ...] = ()
    is_dated: bool = False
    is_lookup: bool = False

    @property
    def path(self) -> str:
        return f"/v1/{self.name}"


STREAMS = (
    Stream("customers", "customer", "rak_customer_read"),
    Stream("products", "product", "rak_product_read", is_lookup=True),
    Stream(
        "prices",
        "price",
        "rak_plan_read",
        expand=("tiers", "currency_options"),
        is_lookup=True,
    ),
    Stream(
        "coupons",
        "coupon",
        "rak_coupon_read",
        expand=("applies_to", "currency_options"),
        is_lookup=True,
    ),
    Stream("promotion_codes", "promotion_code", "rak_promotion_code_read"),
    Stream(
        "subscriptions",
        "subscription",
        "rak_subscription_read",
        # Without it Stripe leaves out the canceled ones.
        params=(("status", "all"),),
        expand=("discounts", "items.data.discounts"),
        children=(
            Child(
                "items",
                "/v1/subscription_items",
                params=(("subscription", "{id}"),),
                expand=("discounts",),
            ),
        ),
    ),
    Stream("subscription_schedules", "subscription_schedule", "rak_subscription_read"),
    Stream(
        "invoices",
        "invoice",
        "rak_invoice_read",
        expand=("discounts", "lines.data.discounts"),
        children=(Child("lines", "/v1/invoices/{id}/lines", expand=("discounts",)),),
        is_dated=True,
    ),
    Stream("invoice_payments", "invoice_payment", "rak_invoice_read", is_dated=True),
    Stream(
        "credit_notes",
        "credit_note",
        "rak_credit_note_read",
        children=(Child("lines", "/v1/credit_notes/{id}/lines"),),
        is_dated=True,
    ),
    Stream("charges", "charge", "rak_charge_read", is_dated=True),
    Stream("refunds", "refund", "rak_charge_read", is_dated=True),
)
LOOKUPS = tuple(stream.name for stream in STREAMS if stream.is_lookup)

# Only read as the feed of changes; Stripe keeps them for 30 days.
EVENT_STREAM = Stream(EVENTS, "event", "rak_event_read")
