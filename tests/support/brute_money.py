"""METRICS sections 4, 5 and 7 computed the slow way, from contract rows and in plain Python.

Shares no code and no idea with the models: it asks what a subscription is worth at one instant, and
asks that again for every edge and every instant at which anything changes. Written to be compared
with, so it takes no short cuts and knows only what the random companies of the tests contain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from tests.support.money import HELSINKI, Company

Row = dict[str, Any]
TICK = timedelta(microseconds=1)
SIX = Decimal("0.000001")
CENT = Decimal("0.01")
COUNTED = ("open", "paid", "uncollectible")
TENURE_BANDS = ((3, "0-3"), (12, "4-12"), (24, "13-24"), (10**6, "25+"))
OVERDUE_DAYS = 60


def six(value: Decimal) -> Decimal:
    return value.quantize(SIX, ROUND_HALF_UP)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HELSINKI)


def day_of(instant: datetime) -> date:
    return instant.astimezone(HELSINKI).date()


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_steps(start: datetime, n: int) -> timedelta:
    """From a local time to the same clock on the same day n months later, or that month's last."""
    month = start.month - 1 + n
    year, month = start.year + month // 12, month % 12 + 1
    last_day = (month_after(date(year, month, 1)) - timedelta(days=1)).day
    return start.replace(year=year, month=month, day=min(start.day, last_day)) - start


def months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def in_force(instant: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= instant) and (end is None or instant < end)


def earliest(*instants: datetime | None) -> datetime | None:
    return min((i for i in instants if i is not None), default=None)


def cents_by_largest_remainder(total: Decimal, weights: dict[int, Decimal]) -> dict[int, Decimal]:
    """`total` over line numbers in proportion to their weights."""
    whole = Fraction(sum(weights.values(), Decimal(0)))
    cents = Fraction(total * 100)
    if whole == 0:
        return {line: total if line == min(weights) else Decimal(0) for line in weights}
    exact = {line: cents * Fraction(weight) / whole for line, weight in weights.items()}
    shares = {line: value.__floor__() for line, value in exact.items()}
    left = int(cents) - sum(shares.values())
    by_remainder = sorted(weights, key=lambda line: (shares[line] - exact[line], line))
    for line in by_remainder[:left]:
        shares[line] += 1
    return {line: Decimal(share) / 100 for line, share in shares.items()}


@dataclass(frozen=True)
class Loss:
    """One churned customer of one month."""

    subscription_id: str
    churn_type: str
    ended_on: date
    mrr: Decimal
    ltm: Decimal


class Books:
    """What a company's contract rows say, asked instant by instant."""

    def __init__(self, company: Company, as_of: datetime) -> None:
        self.as_of = as_of
        self.rows: dict[str, list[Row]] = defaultdict(list)
        for entity, rows in company.items():
            self.rows[entity] = [dict(row) for row in rows]
        self.customers = {row["customer_id"]: row for row in self.rows["customers"]}
        self.subscriptions = {row["subscription_id"]: row for row in self.rows["subscriptions"]}
        self.last_month = day_of(as_of).replace(day=1)
        self._lines: dict[str, list[Row]] = defaultdict(list)
        for line in self.rows["invoice_lines"]:
            self._lines[line["invoice_id"]].append(line)
        self._starts: dict[str, datetime | None] = {}
        self._billed: dict[str, list[str]] = {}
        self._paid_through: dict[str, datetime | None] = {}
        self.invoices = {
            row["invoice_id"]: row
            for row in self.rows["invoices"]
            if row["status"] in COUNTED and midnight(row["issued_on"]) <= as_of
        }
        self.nets = self._nets()
        self.overdue = self._overdue()

    # --- invoices -------------------------------------------------------------------------------

    def lines(self, invoice_id: str) -> list[Row]:
        return self._lines[invoice_id]

    def line_net(self, line: Row) -> Decimal:
        if line.get("net_amount") is not None:
            return Decimal(line["net_amount"])
        factor = line.get("proration_factor", Decimal(1))
        gross: Decimal = line["quantity"] * line["unit_price"] * factor
        discount: Decimal = line.get("line_discount_amount", Decimal(0))
        return gross.quantize(CENT, ROUND_HALF_UP) - discount

    def _nets(self) -> dict[tuple[str, int], Decimal]:
        nets = {}
        for invoice_id, invoice in self.invoices.items():
            before = {line["line_no"]: self.line_net(line) for line in self.lines(invoice_id)}
            shares = {line_no: Decimal(0) for line_no in before}
            if discount := invoice.get("invoice_discount_amount"):
                shares = cents_by_largest_remainder(discount, before)
            for line_no, net in before.items():
                nets[invoice_id, line_no] = net - shares[line_no]
        return nets

    def recurring_net(self, invoice_id: str) -> Decimal:
        return sum(
            (
                self.nets[invoice_id, line["line_no"]]
                for line in self.lines(invoice_id)
                if line["is_recurring"]
            ),
            Decimal(0),
        )

    def paid_at(self, invoice_id: str) -> datetime | None:
        payments: list[datetime] = [
            row["paid_at"]
            for row in self.rows["payments"]
            if row["invoice_id"] == invoice_id and row["status"] in ("succeeded", "refunded")
        ]
        if payments:
            return min(payments)
        invoice = self.invoices[invoice_id]
        return midnight(invoice["issued_on"]) if invoice["status"] == "paid" else None

    def credits(self) -> list[Row]:
        """Credit notes, and refunds of invoices without one, of counted invoices."""
        notes = [row for row in self.rows["credit_note_lines"] if self.seen(row["issued_on"])]
        noted = {row["invoice_id"] for row in notes}
        refunds = [
            {
                "invoice_id": row["invoice_id"],
                "issued_on": day_of(row["paid_at"]),
                "reason": "goodwill",
                "net_amount": row["amount"],
                "is_refund": True,
            }
            for row in self.rows["payments"]
            if row["status"] == "refunded"
            and row["invoice_id"] not in noted
            and row["paid_at"] <= self.as_of
        ]
        return [row for row in notes + refunds if row["invoice_id"] in self.invoices]

    def seen(self, day: date) -> bool:
        return midnight(day) <= self.as_of

    def credited_at(self, invoice_id: str) -> datetime | None:
        notes = [
            row
            for row in self.credits()
            if row["invoice_id"] == invoice_id and "is_refund" not in row
        ]
        net = sum((n for (i, _), n in self.nets.items() if i == invoice_id), Decimal(0))
        if notes and sum(abs(row["net_amount"]) for row in notes) >= net:
            return midnight(max(row["issued_on"] for row in notes))
        return None

    def overdue_at(self, invoice_id: str) -> datetime:
        invoice = self.invoices[invoice_id]
        due = invoice.get("due_on") or invoice["issued_on"]
        return midnight(due + timedelta(days=OVERDUE_DAYS))

    def is_qualifying(self, invoice_id: str) -> bool:
        invoice = self.invoices[invoice_id]
        paid = self.paid_at(invoice_id)
        return (
            self.recurring_net(invoice_id) > 0
            and invoice["status"] != "uncollectible"
            and self.credited_at(invoice_id) is None
            and (
                self.overdue_at(invoice_id) > self.as_of
                or (paid or midnight(date.max)) <= self.as_of
            )
        )

    def service_start(self, invoice_id: str) -> datetime:
        lines = [
            line
            for line in self.lines(invoice_id)
            if line["is_recurring"] and self.nets[invoice_id, line["line_no"]] > 0
        ]
        starts = [line["service_from"] for line in lines if line.get("service_from")]
        issued_at = midnight(self.invoices[invoice_id]["issued_on"])
        begun = [
            self.subscriptions[line["subscription_id"]]["started_at"]
            for line in lines
            if line.get("subscription_id") in self.subscriptions
        ]
        return min(starts, default=max(issued_at, min(begun, default=issued_at)))

    def invoices_of(self, subscription_id: str) -> list[str]:
        if subscription_id not in self._billed:
            self._billed[subscription_id] = [
                invoice_id
                for invoice_id in self.invoices
                if any(
                    line.get("subscription_id") == subscription_id and line["is_recurring"]
                    for line in self.lines(invoice_id)
                )
            ]
        return self._billed[subscription_id]

    def _overdue(self) -> dict[str, list[tuple[datetime, datetime | None]]]:
        spans: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        for subscription_id in self.subscriptions:
            mine = self.invoices_of(subscription_id)
            for invoice_id in mine:
                start = self.overdue_at(invoice_id)
                settled = earliest(self.paid_at(invoice_id), self.credited_at(invoice_id))
                if self.recurring_net(invoice_id) <= 0 or (settled and settled <= start):
                    continue
                later = [p for i in mine if (p := self.paid_at(i)) and p >= start]
                spans[subscription_id].append((start, earliest(settled, *later)))
        return spans

    # --- subscriptions --------------------------------------------------------------------------

    def deleted_at(self, subscription: Row) -> datetime | None:
        customer = self.customers[subscription["customer_id"]]
        return earliest(
            *(row["updated_at"] for row in (subscription, customer) if row.get("is_deleted"))
        )

    def booked_end(self, subscription: Row) -> datetime | None:
        if subscription.get("ended_at") is None and subscription["status"] == "canceled":
            return subscription["updated_at"]  # type: ignore[no-any-return]
        return subscription.get("ended_at")

    def ended_at(self, subscription: Row) -> datetime | None:
        """The end of paid service: a period that was paid and not refunded is lived out."""
        return self.paid_through(subscription) or self.booked_end(subscription)

    def paid_through(self, subscription: Row) -> datetime | None:
        name = subscription["subscription_id"]
        if name not in self._paid_through:
            self._paid_through[name] = self._paid_period_end(subscription)
        return self._paid_through[name]

    def _paid_period_end(self, subscription: Row) -> datetime | None:
        name = subscription["subscription_id"]
        end = self.booked_end(subscription)
        told = any(row["subscription_id"] == name for row in self.rows["subscription_states"])
        if end is None or told or end <= subscription["started_at"]:
            return None
        bought = [
            line
            for invoice_id in self.invoices_of(name)
            for line in self.lines(invoice_id)
            if line.get("subscription_id") == name
            and line["is_recurring"]
            and line.get("service_to")
            and end < line["service_to"]
        ]
        running = [
            line
            for line in bought
            if self.nets[line["invoice_id"], line["line_no"]] > 0
            and line["service_from"] <= end
            and (self.paid_at(line["invoice_id"]) or midnight(date.max)) <= self.as_of
        ]
        until = max((line["service_to"] for line in running), default=None)
        if (
            until is None
            or any(
                self.nets[line["invoice_id"], line["line_no"]] < 0
                and (
                    end <= line["service_from"]
                    or day_of(end) <= self.invoices[line["invoice_id"]]["issued_on"]
                )
                for line in bought
            )
            or any(
                row["invoice_id"] == line["invoice_id"] and row["issued_on"] >= day_of(end)
                for row in self.credits()
                for line in running
            )
            or any(
                other["subscription_id"] != name and end <= other["started_at"] < until
                for other in self.rows["subscriptions"]
                if other["customer_id"] == subscription["customer_id"]
            )
        ):
            return None
        return until  # type: ignore[no-any-return]

    def charged_at(self, subscription: Row, instant: datetime) -> datetime:
        """What ran when the subscription was ended runs on to the end of the paid period."""
        end = self.booked_end(subscription)
        if end and instant >= end and self.paid_through(subscription):
            return end - TICK
        return instant

    def told_state(self, subscription: Row, states: list[Row], instant: datetime) -> str | None:
        past = [row for row in states if row["valid_from"] <= instant]
        if not past:
            return None
        now = max(past, key=lambda row: row["valid_from"])
        is_last = now is max(states, key=lambda row: row["valid_from"])
        ended = self.ended_at(subscription)
        if now.get("valid_to") is None and is_last:
            if ended and now["valid_from"] < ended <= instant:
                return None
        elif now.get("valid_to") is not None and now["valid_to"] <= instant:
            return None
        return now["status"]  # type: ignore[no-any-return]

    def state(self, subscription: Row, instant: datetime) -> str | None:
        """The state at one instant; None before the start and after the end."""
        name = subscription["subscription_id"]
        deleted = self.deleted_at(subscription)
        if deleted and deleted <= instant:
            return None
        states = [r for r in self.rows["subscription_states"] if r["subscription_id"] == name]
        if states:
            told = self.told_state(subscription, states, instant)
        else:
            told = self.ruled_state(subscription, instant)
        if told and any(in_force(instant, *span) for span in self.overdue[name]):
            return "overdue"
        return told

    def ruled_state(self, subscription: Row, instant: datetime) -> str | None:
        if not in_force(instant, subscription["started_at"], self.ended_at(subscription)):
            return None
        status = subscription["status"]
        since = subscription.get("updated_at") or self.as_of
        if status in ("unpaid", "paused", "free", "incomplete") and since <= instant:
            return str(status)
        for row in self.rows["subscription_pauses"]:
            if row["subscription_id"] == subscription["subscription_id"] and in_force(
                instant, row["paused_from"], row.get("paused_to")
            ):
                return "paused"
        start, end = subscription.get("trial_start_at"), subscription.get("trial_end_at")
        if start or end or status == "trialing":
            if end is None:
                end = earliest(
                    *(
                        self.service_start(i)
                        for i in self.invoices_of(subscription["subscription_id"])
                        if self.recurring_net(i) > 0
                        and (self.paid_at(i) or midnight(date.max)) <= self.as_of
                    )
                )
            if in_force(instant, start or subscription["started_at"], end):
                return "trialing"
        return "active"

    # --- amounts --------------------------------------------------------------------------------

    def versions(self, subscription_id: str, instant: datetime) -> list[Row]:
        found = []
        items = {r["item_id"] for r in self.rows["subscription_items"]
                 if r["subscription_id"] == subscription_id}  # fmt: skip
        for item_id in sorted(items):
            past = [
                row
                for row in self.rows["subscription_items"]
                if row["item_id"] == item_id and row["valid_from"] <= instant
            ]
            if past:
                now = max(past, key=lambda row: row["valid_from"])
                if now.get("valid_to") is None or instant < now["valid_to"]:
                    found.append(now)
        return [
            row for row in found if row["interval_unit"] != "one_time" and not row.get("is_metered")
        ]

    def monthly(self, amount: Decimal, item: Row) -> Decimal:
        n = item["interval_count"]
        factor = {
            "month": Fraction(1, n),
            "year": Fraction(1, 12 * n),
            "week": Fraction(52, 12 * n),
            "day": Fraction(365, 12 * n),
        }[item["interval_unit"]]
        value = Fraction(amount) * factor
        return six(Decimal(value.numerator) / Decimal(value.denominator))

    def reductions(self, subscription: Row, item: Row, instant: datetime) -> list[Row]:
        found = []
        for row in self.rows["discounts"]:
            scope = (row["scope"], row["scope_id"])
            if scope not in (
                ("subscription", subscription["subscription_id"]),
                ("item", item["item_id"]),
            ):
                continue
            start = row.get("starts_at") or subscription["started_at"]
            term = subscription.get("committed_term_months")
            lasts = row["duration"] == "forever" or (
                row["duration"] == "repeating"
                and term is not None
                and months_between(day_of(start), day_of(row["ends_at"])) >= term
            )
            if lasts and in_force(instant, start, row.get("ends_at")):
                found.append(row)
        return found

    def charged(self, subscription: Row, instant: datetime) -> list[tuple[Row, Decimal]]:
        """Items with a monthly amount above zero at one instant, whatever the state."""
        instant = self.charged_at(subscription, instant)
        left = {}
        for item in self.versions(subscription["subscription_id"], instant):
            amount = item["quantity"] * item["unit_price"]
            amount *= 1 - item.get("permanent_discount_rate", Decimal(0))
            amount -= item.get("permanent_discount_amount", Decimal(0))
            amount = six(max(amount, Decimal(0)))
            reductions = self.reductions(subscription, item, instant)
            for row in reductions:
                if row["kind"] == "percent":
                    amount *= 1 - row["value"] / 100
            left[item["item_id"]] = (item, six(amount), reductions)
        weights = {name: self.monthly(amount, item) for name, (item, amount, _) in left.items()}
        whole = sum(weights.values(), Decimal(0))
        found = []
        for name, (item, amount, reductions) in left.items():
            for row in reductions:
                if row["kind"] == "amount" and row["scope"] == "item":
                    amount -= row["value"]
                elif row["kind"] == "amount" and whole:
                    amount -= row["value"] * weights[name] / whole
            found.append((item, self.monthly(six(max(amount, Decimal(0))), item)))
        return [(item, amount) for item, amount in found if amount > 0]

    def paid_mrr(self, subscription: Row, instant: datetime) -> dict[tuple[str, str], Decimal]:
        """Monthly amount by plan and currency at one instant."""
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        if self.state(subscription, instant) in ("active", "past_due"):
            for item, amount in self.charged(subscription, instant):
                found[item.get("plan") or subscription["plan"], item["currency"]] += amount
        return found

    def subscriptions_of(self, customer_id: str) -> list[Row]:
        return [
            row
            for row in self.subscriptions.values()
            if row["customer_id"] == customer_id
            and not self.customers[customer_id].get("is_internal")
        ]

    def turning_points(self, subscription: Row) -> list[datetime]:
        """Every instant at which the paid amount may change."""
        name = subscription["subscription_id"]
        points = [subscription["started_at"], self.ended_at(subscription)]
        points += [subscription.get("trial_start_at"), subscription.get("trial_end_at")]
        points += [subscription.get("updated_at"), self.deleted_at(subscription), self.as_of]
        points += [self.service_start(i) for i in self.invoices_of(name)]
        for start, end in self.overdue[name]:
            points += [start, end]
        for row in self.rows["subscription_items"]:
            if row["subscription_id"] == name:
                points += [row["valid_from"], row.get("valid_to")]
        for row in self.rows["subscription_states"]:
            if row["subscription_id"] == name:
                points += [row["valid_from"], row.get("valid_to")]
        for row in self.rows["subscription_pauses"]:
            if row["subscription_id"] == name:
                points += [row["paused_from"], row.get("paused_to")]
        for row in self.rows["discounts"]:
            points += [row.get("starts_at"), row.get("ends_at")]
        return sorted({point for point in points if point is not None})

    def paying_from(self, customer_id: str) -> datetime | None:
        if customer_id not in self._starts:
            self._starts[customer_id] = self._paying_from(customer_id)
        return self._starts[customer_id]

    def _paying_from(self, customer_id: str) -> datetime | None:
        mine = [
            i
            for i, row in self.invoices.items()
            if row["customer_id"] == customer_id and self.is_qualifying(i)
        ]
        starts = []
        if mine and not self.customers[customer_id].get("is_internal"):
            first = min(self.invoices[i]["issued_on"] for i in mine)
            starts += [
                self.service_start(i) for i in mine if self.invoices[i]["issued_on"] == first
            ]
        visible = [r["issued_on"] for r in self.rows["invoices"] if self.seen(r["issued_on"])]
        for subscription in self.subscriptions_of(customer_id):
            if not visible or day_of(subscription["started_at"]) < min(visible):
                starts += [
                    point
                    for point in self.turning_points(subscription)
                    if self.paid_mrr(subscription, point)
                ][:1]
        return min(starts, default=None)

    # --- euros ----------------------------------------------------------------------------------

    def rate(self, currency: str, day: date) -> Decimal:
        """The last rate published on the day or before it."""
        if currency == "EUR":
            return Decimal(1)
        rates = [
            (row["rate_date"], row["units_per_eur"])
            for row in self.rows["fx_rates"]
            if row["currency"] == currency and row["rate_date"] <= day
        ]
        return max(rates)[1]  # type: ignore[no-any-return]

    def stock_rate(self, currency: str, month: date) -> Decimal:
        return self.rate(currency, month - timedelta(days=1))

    def balance(
        self, customer_id: str, edge: date, rate_month: date
    ) -> dict[tuple[str, str, str], Decimal]:
        """Euros by subscription, plan and currency at the last instant before an edge."""
        start = self.paying_from(customer_id)
        if start is None or start >= midnight(edge):
            return {}
        return {
            (row["subscription_id"], plan, currency): six(
                amount / self.stock_rate(currency, rate_month)
            )
            for row in self.subscriptions_of(customer_id)
            for (plan, currency), amount in self.paid_mrr(row, midnight(edge) - TICK).items()
        }

    def months(self) -> Iterable[date]:
        month = min([day_of(row["valid_from"]) for row in self.rows["subscription_items"]]).replace(
            day=1
        )
        while month < self.last_month:
            yield month
            month = month_after(month)

    def tenure(self, customer_id: str, month: date) -> str:
        """The band of the calendar months since that of paying_from."""
        start = self.paying_from(customer_id)
        assert start is not None
        months = months_between(day_of(start), month)
        return next(band for most, band in TENURE_BANDS if months <= most)

    def movement(self, customer_id: str, month: date) -> tuple[str, Decimal, Decimal, Decimal]:
        """Kind, opening, closing and revaluation of one customer and month."""
        after = month_after(month)
        opening = sum(self.balance(customer_id, month, month).values(), Decimal(0))
        closing = sum(self.balance(customer_id, after, month).values(), Decimal(0))
        previous = (month - timedelta(days=1)).replace(day=1)
        before = sum(self.balance(customer_id, month, previous).values(), Decimal(0))
        start = self.paying_from(customer_id)
        if opening == 0 and closing > 0:
            is_new = start is not None and start >= midnight(month)
            kind = "new" if is_new else "reactivation"
        elif opening > 0 and closing == 0:
            kind = "churn"
        elif closing == opening:
            kind = "none"
        else:
            kind = "expansion" if closing > opening else "contraction"
        return kind, opening, closing, opening - before

    # --- losses ---------------------------------------------------------------------------------

    def last_paid_end(self, subscription: Row, month: date) -> datetime | None:
        """The last instant of a month at which the subscription stopped to be paid."""
        ends = [
            point
            for point in self.turning_points(subscription)
            if midnight(month) <= point < midnight(month_after(month))
            and self.paid_mrr(subscription, point - TICK)
            and not self.paid_mrr(subscription, point)
        ]
        return max(ends, default=None)

    def loss(self, customer_id: str, month: date) -> Loss:
        """Which subscription ended last, why, and what the customer was worth."""
        opening = self.balance(customer_id, month, month)
        candidates = []
        for row in self.subscriptions_of(customer_id):
            if ended := self.last_paid_end(row, month):
                worth = sum(v for k, v in opening.items() if k[0] == row["subscription_id"])
                candidates.append((ended, worth, row))
        latest = max(ended for ended, _, _ in candidates)
        tied = [(worth, row) for ended, worth, row in candidates if ended == latest]
        most = max(worth for worth, _ in tied)
        subscription = min(
            (row for worth, row in tied if worth == most), key=lambda r: r["subscription_id"]
        )
        lost_on = day_of(latest)
        return Loss(
            subscription_id=subscription["subscription_id"],
            churn_type=self.churn_type(subscription, latest, month),
            ended_on=lost_on,
            mrr=sum(opening.values(), Decimal(0)),
            ltm=self.invoiced(customer_id, lost_on - timedelta(days=365), lost_on),
        )

    def churn_type(self, subscription: Row, ended: datetime, month: date) -> str:
        cause, since = self.state(subscription, ended), ended
        if cause in ("paused", "trialing"):
            since = midnight(month_after(month)) - TICK
            cause = self.state(subscription, since)
        if cause in ("overdue", "unpaid", "incomplete"):
            return "involuntary"
        if cause in ("paused", "trialing"):
            return "pause"
        if cause == "free":
            return "downgrade_to_free"
        if cause in ("active", "past_due") and self.versions(
            subscription["subscription_id"], since
        ):
            return "downgrade_to_free"
        return subscription.get("end_reason") or "voluntary"

    def invoiced(self, customer_id: str, first: date, until: date) -> Decimal:
        """Net invoiced less credits, in euros, on the days [first, until)."""
        total = Decimal(0)
        for (invoice_id, _), net in self.nets.items():
            invoice = self.invoices[invoice_id]
            if invoice["customer_id"] == customer_id and first <= invoice["issued_on"] < until:
                total += six(net / self.rate(invoice["currency"], invoice["issued_on"]))
        for row in self.credits():
            invoice = self.invoices[row["invoice_id"]]
            if invoice["customer_id"] == customer_id and first <= row["issued_on"] < until:
                rate = self.rate(invoice["currency"], invoice["issued_on"])
                total -= abs(row["net_amount"]) / rate
        return total

    # --- cohorts --------------------------------------------------------------------------------

    def cohort(self, customer_id: str) -> tuple[date, list[Decimal]] | None:
        """Cohort month and MRR at the closing of each index, at the rate of month 0."""
        start = self.paying_from(customer_id)
        if start is None:
            return None
        first = day_of(start).replace(day=1)
        values, month = [], first
        while month < self.last_month:
            month = month_after(month)
            values.append(sum(self.balance(customer_id, month, first).values(), Decimal(0)))
        return (first, values) if values and values[0] > 0 else None

    def month0_loss(self, customer_id: str) -> date | None:
        """The month in which the customer began to pay, if it was gone at its end."""
        start = self.paying_from(customer_id)
        if start is None or self.cohort(customer_id):
            return None
        first = day_of(start).replace(day=1)
        end = midnight(month_after(first))
        was_paid = any(
            self.paid_mrr(row, point)
            for row in self.subscriptions_of(customer_id)
            for point in (midnight(first), *self.turning_points(row))
            if midnight(first) <= point < end
        )
        return first if was_paid and first < self.last_month else None

    # --- prices ---------------------------------------------------------------------------------

    def unit_target(self, line: Row, day: date) -> Decimal | None:
        rows = [
            row
            for row in self.rows["prices"]
            if row["price_id"] == line.get("price_id") and row["currency"] == line["currency"]
        ]
        if not rows:
            return line.get("list_unit_price")
        tiers = {row["tier_from_quantity"] for row in rows}
        fitting = [tier for tier in tiers if tier <= abs(line["quantity"])]
        steps = [row for row in rows if row["tier_from_quantity"] == max(fitting or [min(tiers)])]
        valid = [row for row in steps if day_of(row["valid_from"]) <= day] or [
            min(steps, key=lambda row: row["valid_from"])
        ]
        now = max(valid, key=lambda row: row["valid_from"])
        return now.get("target_unit_price") or now["list_unit_price"]  # type: ignore[no-any-return]

    def targets(self, line: Row, day: date) -> Decimal | None:
        unit = self.unit_target(line, day)
        if unit is None:
            return None
        target: Decimal = unit * line["quantity"] * line.get("proration_factor", Decimal(1))
        return target.quantize(CENT, ROUND_HALF_UP)

    def gap(self) -> dict[tuple[date, str], dict[str, Decimal]]:
        """By month and segment: target, realised, gap of billed lines and credits, in euros."""
        found: dict[tuple[date, str], dict[str, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )
        for line in self.rows["invoice_lines"]:
            if line["invoice_id"] not in self.invoices:
                continue
            invoice = self.invoices[line["invoice_id"]]
            customer = self.customers[invoice["customer_id"]]
            day = invoice["issued_on"]
            cell = found[day.replace(day=1), customer["segment"]]
            target = self.targets(line, day)
            if target is None or customer.get("is_internal") or self.is_free_trial(line):
                cell["lines_without_target_n"] += 1
                continue
            rate = self.rate(line["currency"], day)
            target_eur = six(target / rate)
            net = self.nets[line["invoice_id"], line["line_no"]]
            realised_eur = six(net / rate)
            cell["lines_n"] += 1
            cell["target_eur"] += target_eur
            cell["realised_eur"] += realised_eur
            cell["discount_only_eur"] += max(target_eur - realised_eur, Decimal(0))
            cell["discounted_lines_n"] += target_eur > realised_eur
        for row in self.credits():
            self._credit(row, found)
        return found

    def is_free_trial(self, line: Row) -> bool:
        """A recurring line of nothing, for time within a trial of its subscription."""
        name = line.get("subscription_id")
        if self.nets[line["invoice_id"], line["line_no"]] != 0 or not line["is_recurring"]:
            return False
        instant = line.get("service_from") or midnight(
            self.invoices[line["invoice_id"]]["issued_on"]
        )
        states = [row for row in self.rows["subscription_states"] if row["subscription_id"] == name]
        if states:
            past = [row for row in states if row["valid_from"] <= instant]
            now = max(past, key=lambda row: row["valid_from"], default=None)
            return bool(
                now
                and now["status"] == "trialing"
                and in_force(instant, now["valid_from"], now.get("valid_to"))
            )
        subscription = self.subscriptions.get(name or "", {})
        end = subscription.get("trial_end_at")
        start = subscription.get("trial_start_at") or subscription.get("started_at")
        return end is not None and in_force(instant, start, end)

    def free_periods(self) -> list[tuple[str, str, date, Decimal]]:
        """Subscription, item, first day and target in euros of every unbilled paid interval."""
        found = []
        for subscription in self.subscriptions.values():
            name = subscription["subscription_id"]
            if self.customers[subscription["customer_id"]].get("is_internal"):
                continue
            covered = [
                (line["service_from"], line["service_to"])
                for invoice_id in self.invoices_of(name)
                for line in self.lines(invoice_id)
                if line.get("subscription_id") == name
                and line["is_recurring"]
                and line.get("service_to")
            ]
            items = sorted(
                {r["item_id"] for r in self.rows["subscription_items"]
                 if r["subscription_id"] == name}
            )  # fmt: skip
            for _, gap_from in covered:
                if any(start <= gap_from < end for start, end in covered):
                    continue
                gap_to = min(
                    [start for start, _ in covered if start > gap_from], default=self.as_of
                )
                for item_id in items:
                    found += self._free_of(subscription, item_id, gap_from, min(gap_to, self.as_of))
        return sorted(set(found))

    def _free_of(
        self, subscription: Row, item_id: str, gap_from: datetime, gap_to: datetime
    ) -> list[tuple[str, str, date, Decimal]]:
        found, start = [], gap_from.astimezone(HELSINKI).replace(tzinfo=None)
        for n in range(1000):
            from_at = (start + month_steps(start, n)).replace(tzinfo=HELSINKI)
            to_at = (start + month_steps(start, n + 1)).replace(tzinfo=HELSINKI)
            if to_at > gap_to:
                break
            points = [from_at] + [
                point for point in self.turning_points(subscription) if from_at < point < to_at
            ]
            if not all(self.is_provided(subscription, item_id, point) for point in points):
                continue
            version = self.version(subscription, item_id, from_at)
            day = from_at.date()
            if version.get("price_id") and (target := self.targets(version, day)) is not None:
                eur = six(target / self.rate(version["currency"], day))
                found.append((subscription["subscription_id"], item_id, day, eur))
        return found

    def version(self, subscription: Row, item_id: str, instant: datetime) -> Row:
        instant = self.charged_at(subscription, instant)
        found = self.versions(subscription["subscription_id"], instant)
        return next((row for row in found if row["item_id"] == item_id), {})

    def is_provided(self, subscription: Row, item_id: str, instant: datetime) -> bool:
        """In a paid state, at whatever price (METRICS 7.1)."""
        version = self.version(subscription, item_id, instant)
        return (
            self.state(subscription, instant) in ("active", "past_due")
            and bool(version)
            and not version.get("is_metered")
            and version.get("interval_unit") != "one_time"
        )

    def _credit(self, row: Row, found: dict[tuple[date, str], dict[str, Decimal]]) -> None:
        invoice = self.invoices[row["invoice_id"]]
        customer = self.customers[invoice["customer_id"]]
        lines = {line["line_no"]: line for line in self.lines(row["invoice_id"])}
        amount = abs(row["net_amount"])
        if row.get("invoice_line_no") in lines:
            shares = {row["invoice_line_no"]: amount}
        else:
            nets = {number: self.nets[row["invoice_id"], number] for number in lines}
            shares = cents_by_largest_remainder(amount, nets)
        rate = self.rate(invoice["currency"], invoice["issued_on"])
        cell = found[row["issued_on"].replace(day=1), customer["segment"]]
        for line_no, share in shares.items():
            target = self.targets(lines[line_no], invoice["issued_on"])
            if target is None or customer.get("is_internal") or self.is_free_trial(lines[line_no]):
                continue
            share_eur = six(share / rate)
            cell["realised_eur"] -= share_eur
            if row["reason"] in ("error", "quantity"):
                net = self.nets[row["invoice_id"], line_no]
                gap = (target - net) / rate
                part = min(max(share / net, Decimal(0)), Decimal(1)) if net else Decimal(0)
                reversed_gap = gap * part
                cell["target_eur"] -= share_eur + reversed_gap
                cell["discount_only_eur"] -= max(reversed_gap, Decimal(0))
            else:
                cell["discount_only_eur"] += share_eur
