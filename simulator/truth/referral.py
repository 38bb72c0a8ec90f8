"""Referrals: who was told, who came, and what they bought (METRICS 6.3 to 6.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from simulator.almanac import DAY_S, local_day, local_month, month_start
from simulator.log import Customer, Log
from simulator.truth.customers import Customers
from simulator.truth.rates import Rates
from simulator.truth.table import Figure, micro, ratio

WINDOW_DAYS = 60
ZERO = Decimal(0)
_ATTRIBUTES = ("segment", "customer_type", "region", "acquisition_source")


@dataclass(frozen=True)
class Told:
    """One customer told somebody else."""

    referral_id: str
    referrer_id: str
    program: str
    invited_at: int
    converted_at: int | None
    cuts: list[tuple[str, str]]


def cuts_of(customer: Customer | None) -> list[tuple[str, str]]:
    """A customer's value of each dimension."""
    return [(name, getattr(customer, name, None) or "unknown") for name in _ATTRIBUTES]


class Identities:
    """What makes two accounts one: the business, an e-mail address or a telephone (R12)."""

    def __init__(self, log: Log) -> None:
        self._of: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for customer in Customers(log.customers):
            if customer.business_id:
                key = ("business", customer.business_id.strip().lower())
                self._of[customer.customer_id].add(key)
        for person in log.people:
            for kind, text in (("email", person.email), ("phone", person.phone)):
                if person.customer_id is not None and text:
                    self._of[person.customer_id].add((kind, text.strip().lower()))

    def are_one(self, left: str | None, right: str | None) -> bool:
        """Whether both are the same customer."""
        if left is None or right is None:
            return False
        return left == right or bool(self._of[left] & self._of[right])


def told_referrals(log: Log, as_of: int) -> list[Told]:
    """Referrals known at an instant, without those of oneself and of staff."""
    customers, identities = Customers(log.customers), Identities(log)
    orders = {order.order_id: order for order in log.orders}
    found = []
    for row in log.referrals:
        order = orders.get(row.converted_order_id or "")
        invitee = row.invitee_customer_id or (order.customer_id if order else None)
        referrer = row.referrer_customer_id
        if row.invited_at > as_of or customers.is_internal(referrer):
            continue
        if identities.are_one(referrer, invitee):
            continue
        converted_at = row.converted_at
        if converted_at is None and order is not None:
            converted_at = order.ordered_at
        if converted_at is not None and converted_at > as_of:
            converted_at = None
        found.append(
            Told(row.referral_id, referrer, row.program or "unknown", row.invited_at, converted_at,
                 cuts_of(customers.at(referrer, row.invited_at)))
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class _Sale:
    customer_id: str | None
    month: int
    eur: Decimal
    is_referral: bool
    is_first: bool
    program: str
    cuts: list[tuple[str, str]]


def _sales(log: Log, as_of: int) -> list[_Sale]:
    customers, identities, rates = Customers(log.customers), Identities(log), Rates(log.fx_rates)
    newest = {customer.customer_id: customer for customer in customers}
    referrers = {
        row.converted_order_id: row.referrer_customer_id
        for row in sorted(log.referrals, key=lambda row: row.referrer_customer_id, reverse=True)
        if row.converted_order_id is not None
    }
    bought: set[str] = set()
    found = []
    for order in sorted(log.orders, key=lambda order: (order.ordered_at, order.order_id)):
        customer_id = order.customer_id
        if order.ordered_at > as_of or customers.is_internal(customer_id):
            continue
        customer = newest.get(customer_id or "")
        told_by = customer.referred_by_customer_id if customer else None
        told_by = referrers.get(order.order_id, told_by)
        is_first = customer_id is not None and customer_id not in bought
        if order.is_first_order is not None:
            is_first = order.is_first_order and customer_id is not None
        if order.net_amount > 0 and customer_id is not None:
            bought.add(customer_id)
        day = local_day(order.ordered_at)
        found.append(
            _Sale(
                customer_id,
                local_month(order.ordered_at),
                micro(order.net_amount / rates.on(order.currency, day)),
                order.source == "referral" and not identities.are_one(told_by, customer_id),
                is_first and order.net_amount > 0,
                order.referral_program or "unknown",
                [
                    ("all", "all"),
                    ("service", order.service or "unknown"),
                    *cuts_of(customers.at(customer_id, order.ordered_at)),
                ],
            )
        )
    return found


def first_sales(log: Log, as_of: int) -> set[str]:
    """Customers whose first order somebody else brought."""
    return {
        sale.customer_id
        for sale in _sales(log, as_of)
        if sale.is_first and sale.is_referral and sale.customer_id is not None
    }


def converted_invitees(log: Log, as_of: int) -> set[str]:
    """Customers who came of a referral."""
    orders = {order.order_id: order.customer_id for order in log.orders}
    came = {told.referral_id for told in told_referrals(log, as_of) if told.converted_at}
    return {
        customer_id
        for row in log.referrals
        if row.referral_id in came
        and (customer_id := row.invitee_customer_id or orders.get(row.converted_order_id or ""))
    }


def referral_figures(log: Log, as_of: int, last_month: int) -> Iterator[Figure]:
    """Every figure of referrals."""
    sold: dict[tuple[int, str, str], list[_Sale]] = defaultdict(list)
    brought: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    for sale in _sales(log, as_of):
        for name, value in sale.cuts:
            sold[sale.month, name, value].append(sale)
        if sale.is_first and sale.is_referral and sale.customer_id is not None:
            brought[sale.month, "all", "all"].add(sale.customer_id)
            brought[sale.month, "program", sale.program].add(sale.customer_id)
    for key, sales in sold.items():
        if key[0] > last_month:
            continue
        purchases = [sale for sale in sales if sale.eur > 0]
        referred = sum(sale.is_referral for sale in purchases)
        eur = sum((sale.eur for sale in sales), ZERO)
        referred_eur = sum((sale.eur for sale in sales if sale.is_referral), ZERO)
        rate = ratio(referred, len(purchases))
        yield Figure("customer_referral_rate", "value", *key, rate)
        yield Figure("referred_revenue_share", "value", *key, ratio(referred_eur, eur))
    # A month with sales in which nobody was brought is zero, not unknown.
    for key in sold:
        if key[1] == "all":
            brought[key] |= set()
    for key, customers in brought.items():
        if key[0] <= last_month:
            yield Figure("referred_customers", "value", *key, Decimal(len(customers)))
    yield from _sent(told_referrals(log, as_of), as_of, last_month)


def _sent(told: list[Told], as_of: int, last_month: int) -> Iterator[Figure]:
    cells: dict[tuple[int, str, str], list[Told]] = defaultdict(list)
    for row in told:
        for name, value in [("all", "all"), ("program", row.program), *row.cuts]:
            cells[local_month(row.invited_at), name, value].append(row)
    for (month, name, value), rows in cells.items():
        if month > last_month:
            continue
        yield Figure("referrals_sent", "value", month, name, value, Decimal(len(rows)))
        if name not in ("all", "program"):
            continue
        converted = sum(
            row.converted_at is not None
            and row.converted_at - row.invited_at <= WINDOW_DAYS * DAY_S
            for row in rows
        )
        is_mature = month_start(month + 1) + WINDOW_DAYS * DAY_S <= as_of
        rate = ratio(converted, len(rows)) if is_mature else None
        yield Figure("referral_conversion_rate", "value", month, name, value, rate)
