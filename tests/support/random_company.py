"""Small companies made at random, with everything that money rules speak of.

Customers do not influence each other, so one company holds many cases; what is wrong with one is
found by its name. Only the seed decides.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.support.money import HELSINKI

Row = dict[str, Any]

FIRST_DAY = date(2025, 1, 1)
LAST_DAY = date(2026, 3, 20)
SEGMENTS = ("small", "large", None)
CURRENCIES = ("EUR", "EUR", "USD", "SEK")


class RandomCompany:
    """Contract rows by entity, drawn from one seed."""

    def __init__(self, seed: int, customers_n: int) -> None:
        self.random = Random(seed)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self._prices()
        self._rates()
        for number in range(customers_n):
            self._customer(f"c{number:03}")

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _day(self, first: date = FIRST_DAY, last: date = LAST_DAY) -> date:
        day = first + timedelta(days=self.random.randrange(max((last - first).days, 1)))
        return day.replace(day=1) if self._chance(0.3) and day.replace(day=1) >= first else day

    def _instant(self, first: date = FIRST_DAY, last: date = LAST_DAY) -> datetime:
        hour = self.random.choice((0, 0, 0, 9, 23))
        return datetime.combine(self._day(first, last), datetime.min.time(), HELSINKI) + timedelta(
            hours=hour
        )

    def _money(self, low: int = 1, high: int = 20000) -> Decimal:
        return Decimal(self.random.randint(low, high)) / 100

    def _prices(self) -> None:
        for price_id in ("p1", "p2", "p3"):
            for currency in ("EUR", "USD", "SEK"):
                for tier in (1, 10):
                    for valid_from in ("2025-01-01", "2025-07-10"):
                        self.rows["prices"].append(
                            {
                                "price_id": price_id,
                                "plan": price_id,
                                "currency": currency,
                                "interval_unit": "month",
                                "tier_from_quantity": Decimal(tier),
                                "list_unit_price": self._money(1000, 9000),
                                "target_unit_price": self._money(1000, 9000)
                                if self._chance(0.3)
                                else None,
                                "valid_from": datetime.fromisoformat(valid_from).replace(
                                    tzinfo=HELSINKI
                                ),
                            }
                        )

    def _rates(self) -> None:
        for currency, middle in (("USD", 1.1), ("SEK", 11.0)):
            day = date(2024, 12, 2)
            while day < LAST_DAY + timedelta(days=60):
                if day.weekday() < 5:
                    rate = middle * self.random.uniform(0.9, 1.1)
                    self.rows["fx_rates"].append(
                        {
                            "currency": currency,
                            "rate_date": day,
                            "units_per_eur": Decimal(f"{rate:.4f}"),
                        }
                    )
                day += timedelta(days=self.random.randint(1, 9))

    def _customer(self, name: str) -> None:
        is_deleted = self._chance(0.05)
        self.rows["customers"].append(
            {
                "customer_id": name,
                "segment": self.random.choice(SEGMENTS),
                "is_internal": self._chance(0.04),
                "is_deleted": is_deleted,
                "updated_at": self._instant() if is_deleted else None,
            }
        )
        for number in range(self.random.choice((1, 1, 1, 2, 3))):
            self._subscription(name, f"s{number}-{name}")

    def _subscription(self, customer_id: str, name: str) -> None:
        currency = self.random.choice(CURRENCIES)
        started = self._instant(FIRST_DAY, date(2025, 11, 1))
        first = started.date()
        status = self.random.choice(
            ("active",) * 8 + ("canceled", "canceled", "trialing", "paused", "unpaid", "free")
        )
        is_deleted = self._chance(0.04)
        ended = self._instant(first) if status == "canceled" or self._chance(0.3) else None
        updated = self._instant(first) if status != "active" or is_deleted else None
        if updated and self._chance(0.15) and ended and not is_deleted:
            updated = None
        row: Row = {
            "subscription_id": name,
            "customer_id": customer_id,
            "service": self.random.choice(("app", "web")),
            "plan": self.random.choice(("basic", "plus")),
            "status": status,
            "started_at": started,
            "ended_at": None if status == "canceled" and updated and self._chance(0.2) else ended,
            "end_reason": self.random.choice((None, "voluntary", "involuntary", "business_end")),
            "updated_at": updated,
            "is_deleted": is_deleted,
            "currency": currency,
            "committed_term_months": self.random.choice((None, 6, 12)),
        }
        if self._chance(0.2):
            row["trial_start_at"] = started
            if self._chance(0.8):
                row["trial_end_at"] = started + timedelta(days=self.random.choice((14, 30)))
        self.rows["subscriptions"].append(row)
        for number in range(self.random.choice((1, 1, 1, 2))):
            self._item(row, f"i{number}-{name}")
        if self._chance(0.2):
            self._pauses(row)
        if self._chance(0.2):
            self._states(row)
        for number in range(self.random.choice((0, 0, 0, 1, 2))):
            self._discount(row, f"d{number}-{name}")
        if self._chance(0.7):
            self._invoices(row)

    def _item(self, subscription: Row, name: str) -> None:
        valid_from = subscription["started_at"]
        unit, count = self.random.choice(
            (("month", 1),) * 5 + (("year", 1), ("month", 3), ("week", 1), ("day", 1))
        )
        for _ in range(self.random.choice((1, 1, 2, 3))):
            version: Row = {
                "item_id": name,
                "subscription_id": subscription["subscription_id"],
                "price_id": self.random.choice(("p1", "p2", "p3", None)),
                "plan": self.random.choice((None, None, "plus")),
                "valid_from": valid_from,
                "valid_to": None,
                "quantity": Decimal(self.random.choice((1, 1, 2, 12))),
                "unit_price": self.random.choice((self._money(), self._money(), Decimal(0))),
                "currency": subscription["currency"],
                "interval_unit": unit,
                "interval_count": count,
                "is_metered": self._chance(0.03),
            }
            if version["price_id"] is None and version["plan"] is None:
                version["plan"] = "basic"
            elif version["plan"] is None:
                version["plan"] = version["price_id"]
            if self._chance(0.2):
                version["permanent_discount_rate"] = Decimal("0.2")
            if self._chance(0.1):
                version["permanent_discount_amount"] = Decimal("5")
            self.rows["subscription_items"].append(version)
            following = self._instant(valid_from.date() + timedelta(days=1), date(2026, 4, 1))
            if following <= valid_from:
                break
            if self._chance(0.5):
                version["valid_to"] = following - timedelta(days=self.random.choice((0, 0, 5, -5)))
                if version["valid_to"] <= valid_from:
                    version["valid_to"] = following
            valid_from = following

    def _pauses(self, subscription: Row) -> None:
        start = self._instant(subscription["started_at"].date())
        self.rows["subscription_pauses"].append(
            {
                "subscription_id": subscription["subscription_id"],
                "paused_from": start,
                "paused_to": start + timedelta(days=self.random.choice((10, 40)))
                if self._chance(0.8)
                else None,
            }
        )

    def _states(self, subscription: Row) -> None:
        valid_from = subscription["started_at"]
        for _ in range(self.random.choice((1, 2, 3, 4))):
            state: Row = {
                "subscription_id": subscription["subscription_id"],
                "status": self.random.choice(
                    ("trialing", "active", "active", "past_due", "unpaid", "paused", "free")
                ),
                "valid_from": valid_from,
                "valid_to": None,
            }
            self.rows["subscription_states"].append(state)
            following = self._instant(valid_from.date() + timedelta(days=1), date(2026, 4, 1))
            if following <= valid_from:
                break
            if self._chance(0.3):
                state["valid_to"] = following - timedelta(days=self.random.choice((0, 3)))
                if state["valid_to"] <= valid_from:
                    state["valid_to"] = following
            valid_from = following

    def _discount(self, subscription: Row, name: str) -> None:
        scope = self.random.choice(("subscription", "item"))
        start = self._instant(subscription["started_at"].date())
        items = [
            row["item_id"]
            for row in self.rows["subscription_items"]
            if row["subscription_id"] == subscription["subscription_id"]
        ]
        duration = self.random.choice(("forever", "repeating", "once"))
        ends = start + timedelta(days=self.random.choice((95, 380)))
        self.rows["discounts"].append(
            {
                "discount_id": name,
                "scope": scope,
                "scope_id": (
                    subscription["subscription_id"] if scope == "subscription" else items[0]
                ),
                "kind": self.random.choice(("percent", "amount")),
                "value": Decimal(self.random.choice((5, 20, 100))),
                "duration": duration,
                "starts_at": start,
                "ends_at": ends if duration != "forever" or self._chance(0.3) else None,
            }
        )

    def _invoices(self, subscription: Row) -> None:
        name, day = subscription["subscription_id"], subscription["started_at"].date()
        for number in range(self.random.choice((1, 3, 8, 14))):
            following = (day.replace(day=1) + timedelta(days=32)).replace(day=min(day.day, 28))
            if not self._chance(0.12):
                self._invoice(subscription, f"v{number:02}-{name}", day, following)
            day = following
            if day > LAST_DAY + timedelta(days=20):
                break

    def _invoice(self, subscription: Row, name: str, day: date, until: date) -> None:
        status = self.random.choice(("paid",) * 10 + ("open", "uncollectible", "void", "draft"))
        midnight = datetime.min.time()
        self.rows["invoices"].append(
            {
                "invoice_id": name,
                "customer_id": subscription["customer_id"],
                "issued_on": day + timedelta(days=self.random.choice((0, 0, -2, 5))),
                "due_on": day + timedelta(days=14) if self._chance(0.7) else None,
                "status": status,
                "currency": subscription["currency"],
                "invoice_discount_amount": self._money(1, 900) if self._chance(0.25) else None,
            }
        )
        lines_n = self.random.choice((1, 1, 2, 3))
        for line_no in range(1, lines_n + 1):
            unit_price = self._money(500, 12000)
            line: Row = {
                "invoice_id": name,
                "line_no": line_no,
                "subscription_id": subscription["subscription_id"],
                "price_id": self.random.choice(("p1", "p2", "p3", None)),
                "quantity": Decimal(self.random.choice((1, 1, 2, 12))),
                "unit_price": self.random.choice((unit_price, unit_price, Decimal(0))),
                "currency": subscription["currency"],
                "is_recurring": line_no == 1 or self._chance(0.5),
                "service_from": datetime.combine(day, midnight, HELSINKI),
                "service_to": datetime.combine(until, midnight, HELSINKI),
            }
            if self._chance(0.2):
                line["proration_factor"] = Decimal(self.random.randint(1, 999999)) / 1000000
            if self._chance(0.2):
                line["line_discount_amount"] = self._money(1, 400)
            if line["price_id"] is None and self._chance(0.5):
                line["list_unit_price"] = self._money(500, 12000)
            self.rows["invoice_lines"].append(line)
        self._after_invoice(name, day, status, lines_n, subscription["currency"])

    def _after_invoice(
        self, name: str, day: date, status: str, lines_n: int, currency: str
    ) -> None:
        if status in ("paid", "open") and self._chance(0.6):
            kind = "refunded" if self._chance(0.08) else "succeeded"
            if status == "open" and self._chance(0.7):
                kind = "failed"
            paid_at = datetime.combine(day, datetime.min.time(), HELSINKI) + timedelta(
                days=self.random.choice((0, 3, 20, 70, 120)), hours=11
            )
            amount = self._money(100, 900)
            # Now and then in parts.
            for part in range((1, 1, 2, 1, 3)[len(self.rows["invoices"]) % 5]):
                self.rows["payments"].append(
                    {
                        "payment_id": f"y-{name}-{part}",
                        "invoice_id": name,
                        "paid_at": paid_at - timedelta(days=5 * part),
                        "amount": amount,
                        "currency": currency,
                        "status": kind,
                    }
                )
        if self._chance(0.15):
            self.rows["credit_note_lines"].append(
                {
                    "credit_note_id": f"n-{name}",
                    "line_no": 1,
                    "invoice_id": name,
                    "invoice_line_no": self.random.choice((None, 1, lines_n)),
                    "issued_on": day + timedelta(days=self.random.randint(0, 60)),
                    "reason": self.random.choice(("price", "goodwill", "sla", "error", "quantity")),
                    "net_amount": self._money(100, 30000) * self.random.choice((1, -1)),
                    "currency": currency,
                }
            )
