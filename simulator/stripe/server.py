"""Stripe's protocol: lists with starting_after, expansion, error bodies and rate limits."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from copy import deepcopy

from simulator.loopback import Answer, Query
from simulator.stripe.account import COLLECTIONS, Account, Object

_SCOPES = {
    "customers": "rak_customer_read",
    "products": "rak_product_read",
    "prices": "rak_plan_read",
    "coupons": "rak_coupon_read",
    "promotion_codes": "rak_promotion_code_read",
    "subscriptions": "rak_subscription_read",
    "subscription_items": "rak_subscription_read",
    "subscription_schedules": "rak_subscription_read",
    "invoices": "rak_invoice_read",
    "invoice_payments": "rak_invoice_read",
    "credit_notes": "rak_credit_note_read",
    "charges": "rak_charge_read",
    "refunds": "rak_charge_read",
    "events": "rak_event_read",
}
_LISTS = {"subscriptions": "items", "invoices": "lines", "credit_notes": "lines"}
# Fields that are there only when asked for.
_INCLUDABLE = {"prices": ("tiers", "currency_options"), "coupons": ("applies_to",)}
_CREATED = re.compile(r"created\[(gte|gt|lte|lt)\]")
_MOST, _USUAL = 100, 10


class _StripeError(Exception):
    def __init__(self, status: int, message: str, **details: str) -> None:
        super().__init__(message)
        kind = "authentication_error" if status == 401 else "invalid_request_error"
        error = {"type": kind, "message": message, **details}
        self.answer = Answer({"error": error}, status)


class Server:
    """Answers for an account.

    `requests_per_second` above it are refused. `embedded_n` items of a list inside an object are
    shown with it. `on_list` hears of every list before it is read, to change the account meanwhile.
    """

    def __init__(
        self,
        account: Account,
        requests_per_second: int = 100,
        embedded_n: int = 10,
        on_list: Callable[[Query], None] = lambda _: None,
    ) -> None:
        self.account = account
        self.refused_n = 0
        self._limit = requests_per_second
        self._embedded_n = embedded_n
        self._on_list = on_list
        self._recent: deque[float] = deque()

    def __call__(self, query: Query) -> Answer:
        if self._is_above_limit():
            self.refused_n += 1
            error = {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many"}
            return Answer({"error": error}, 429, {"Stripe-Should-Retry": "true"})
        try:
            self._authorize(query)
            return Answer(self._answer(query))
        except _StripeError as error:
            return error.answer

    def failed(self, status: int) -> Object:
        return {"error": {"message": f"fault {status}", "type": "api_error"}}

    def emptied(self, body: Object) -> Object:
        return {**body, "data": [], "has_more": True}

    def _is_above_limit(self) -> bool:
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        self._recent.append(now)
        return len(self._recent) > self._limit

    def _authorize(self, query: Query) -> None:
        given = query.headers.get("Authorization", "").removeprefix("Bearer ")
        if given != self.account.key:
            raise _StripeError(401, f"Invalid API Key provided: {given[:7]}****")
        parts = query.path.strip("/").split("/")
        scope = _SCOPES.get(parts[1]) if len(parts) > 1 else None
        if scope in self.account.scopes_missing:
            raise _StripeError(
                403,
                f"The provided key '{given[:7]}****' does not have the required permissions for "
                f"this endpoint. Having the '{scope}' permission would allow this request to "
                "continue.",
                code="more_permissions_required",
            )

    def _answer(self, query: Query) -> Object:
        match query.path.strip("/").split("/"):
            case ["v1", "subscription_items"]:
                id_ = query.one("subscription") or ""
                owner = self._found("subscriptions", id_, "subscription")
                return self._list(query, owner["items"]["data"])
            case ["v1", collection] if collection in COLLECTIONS.values():
                self._on_list(query)
                return self._list(query, self._filtered(query, collection), collection)
            case ["v1", collection, id_] if collection in COLLECTIONS.values():
                found = self._found(collection, id_, "id")
                if found.get("deleted"):
                    return found
                return self._shown(found, collection, set(query.all("expand")))
            case ["v1", collection, id_, "lines"] if _LISTS.get(collection) == "lines":
                owner = self._found(collection, id_, "id")
                return self._list(query, owner["lines"]["data"])
        raise _StripeError(404, f"Unrecognized request URL (GET: {query.path}).")

    def _found(self, collection: str, id_: str, param: str) -> Object:
        left = self.account.unseen.get(id_, 0)
        self.account.unseen[id_] = max(left - 1, 0)
        found = self.account.objects[collection].get(id_) or self.account.deleted.get(id_)
        if found is None or left:
            raise _StripeError(
                404, f"No such object: '{id_}'", code="resource_missing", param=param
            )
        return found

    def _filtered(self, query: Query, collection: str) -> list[Object]:
        items = self.account.listed(collection)
        for name, value in query.params:
            if bound := _CREATED.fullmatch(name):
                items = [item for item in items if _holds(item["created"], bound[1], int(value))]
        if collection == "subscriptions":
            wanted = query.one("status")
            if wanted is None:
                items = [item for item in items if item["status"] != "canceled"]
            elif wanted != "all":
                items = [item for item in items if item["status"] == wanted]
        return items

    def _list(self, query: Query, items: list[Object], collection: str = "") -> Object:
        limit = int(query.one("limit") or _USUAL)
        if not 1 <= limit <= _MOST:
            raise _StripeError(400, f"Invalid integer: {limit}", param="limit")
        start, has_more = 0, False
        ids = [item["id"] for item in items]
        for name in ("starting_after", "ending_before"):
            if (given := query.one(name)) and given not in ids:
                raise _StripeError(
                    400, f"No such object: '{given}'", code="resource_missing", param=name
                )
        if after := query.one("starting_after"):
            start = ids.index(after) + 1
        if before := query.one("ending_before"):
            end = ids.index(before)
            start, has_more = max(end - limit, 0), end > limit
            limit = end - start
        else:
            has_more = start + limit < len(items)
        expand = {path.removeprefix("data.") for path in query.all("expand")}
        data = [self._shown(item, collection, expand) for item in items[start : start + limit]]
        return {"object": "list", "url": query.path, "has_more": has_more, "data": data}

    def _shown(self, item: Object, collection: str, expand: set[str]) -> Object:
        """The object as it is served: ids for what is not expanded, lists cut short."""
        shown = deepcopy(item)
        for name in _INCLUDABLE.get(collection, ()):
            if name not in expand:
                shown.pop(name, None)
        _collapse(shown, "discounts" in expand)
        if collection in _LISTS:
            name = _LISTS[collection]
            inner = shown[name]
            inner["has_more"] = len(inner["data"]) > self._embedded_n
            inner["data"] = inner["data"][: self._embedded_n]
            for row in inner["data"]:
                _collapse(row, f"{name}.data.discounts" in expand)
        return shown


def _collapse(item: Object, is_expanded: bool) -> None:
    if "discounts" in item and not is_expanded:
        item["discounts"] = [discount["id"] for discount in item["discounts"]]


def _holds(created: int, comparison: str, bound: int) -> bool:
    return {
        "gte": created >= bound,
        "gt": created > bound,
        "lte": created <= bound,
        "lt": created < bound,
    }[comparison]
