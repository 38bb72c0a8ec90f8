"""A Stripe account: its objects, the events that changes leave, and what a key may see."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]

# Objects are listed under these names.
COLLECTIONS = {
    "customer": "customers",
    "product": "products",
    "price": "prices",
    "coupon": "coupons",
    "promotion_code": "promotion_codes",
    "subscription": "subscriptions",
    "subscription_schedule": "subscription_schedules",
    "invoice": "invoices",
    "invoice_payment": "invoice_payments",
    "credit_note": "credit_notes",
    "charge": "charges",
    "refund": "refunds",
    "event": "events",
}


@dataclass
class Account:
    """Objects as they are when everything expandable is expanded.

    `now` is the account's time in seconds. `scopes_missing` are permissions that the key lacks,
    `unseen` ids that the next so many lookups will not find yet.
    """

    now: int
    key: str = "rk_test_loopback"
    scopes_missing: set[str] = field(default_factory=set)
    objects: dict[str, dict[str, Object]] = field(
        default_factory=lambda: {name: {} for name in COLLECTIONS.values()}
    )
    deleted: dict[str, Object] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    _events_n: int = 0

    def load(self, *objects: Object) -> None:
        """Objects that were there before anybody listened: no events."""
        for item in objects:
            self.objects[COLLECTIONS[item["object"]]][item["id"]] = item

    def put(self, item: Object, verb: str = "updated") -> None:
        """Create or change an object, and tell."""
        self.load(item)
        self._tell(item, verb)

    def delete(self, kind: str, id_: str, is_told: bool = True) -> None:
        """Remove an object from the lists; its address says that it was deleted."""
        item = self.objects[COLLECTIONS[kind]].pop(id_)
        self.deleted[id_] = {"id": id_, "object": kind, "deleted": True}
        if is_told:
            self._tell(item, "deleted")

    def listed(self, collection: str) -> list[Object]:
        """Newest first; of the same second, the last one made first."""
        newest_made_first = list(self.objects[collection].values())[::-1]
        return sorted(newest_made_first, key=lambda item: -item["created"])

    def forget_events(self, before: int) -> None:
        """Stripe keeps events for 30 days."""
        events = self.objects["events"]
        for id_ in [id_ for id_, event in events.items() if event["created"] < before]:
            del events[id_]

    def _tell(self, item: Object, verb: str) -> None:
        self._events_n += 1
        kind = item["object"]
        prefix = "customer.subscription" if kind == "subscription" else kind
        # The shape of another version, with nothing expanded: a connector must not rely on it.
        told = {k: v for k, v in deepcopy(item).items() if k not in ("tiers", "lines")}
        if "discounts" in told:
            told["discounts"] = [discount["id"] for discount in told["discounts"]]
        self.load(
            {
                "id": f"evt_{self._events_n:08d}",
                "object": "event",
                "api_version": "2024-06-20",
                "created": self.now,
                "data": {"object": told},
                "livemode": False,
                "pending_webhooks": 0,
                "request": {"id": None, "idempotency_key": None},
                "type": f"{prefix}.{verb}",
            }
        )
