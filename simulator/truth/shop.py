"""Customers who only order: whom we lost by their silence, and their cohorts (METRICS 4.0, 18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from simulator.almanac import day_month, local_day
from simulator.log import Log
from simulator.truth.customers import Customers
from simulator.truth.rates import Rates
from simulator.truth.table import micro

ZERO = Decimal(0)
LTM_DAYS = 365
DEFAULT_INACTIVITY_DAYS = 365


@dataclass(frozen=True)
class Loss:
    """A customer of a service who stayed silent for too long."""

    month: int
    value_eur: Decimal


@dataclass
class OrderCohortCell:
    """One cohort of first orders at one index."""

    n0: int = 0
    n: int = 0
    base_eur: Decimal = ZERO
    eur: Decimal = ZERO


Orders = dict[tuple[str, str], list[tuple[int, Decimal]]]


def orders_by_customer(log: Log, rates: Rates) -> Orders:
    """(customer, service) → day and euros of each order or return, in order of time."""
    shops = {row.service for row in log.services if row.churn_model == "noncontractual"}
    customers = Customers(log.customers)
    found: Orders = defaultdict(list)
    for order in sorted(log.orders, key=lambda order: order.ordered_at):
        if order.customer_id is None or customers.is_internal(order.customer_id):
            continue
        if order.service in shops:
            day = local_day(order.ordered_at)
            eur = micro(order.net_amount / rates.on(order.currency, day))
            found[order.customer_id, order.service or ""].append((day, eur))
    return found


def losses(log: Log, as_of: int) -> Iterator[Loss]:
    """Every loss up to as_of; who orders again may be lost again."""
    rates = Rates(log.fx_rates)
    patience = {row.service: row.inactivity_days for row in log.services}
    today = local_day(as_of)
    for (_, service), orders in orders_by_customer(log, rates).items():
        silence = patience[service] or DEFAULT_INACTIVITY_DAYS
        days = [day for day, eur in orders if eur > 0]
        for day, following in zip_longest(days, days[1:]):
            lost_on = day + silence + 1
            if lost_on < today and (following is None or following > lost_on):
                value = sum((eur for on, eur in orders if day - LTM_DAYS < on <= day), ZERO)
                yield Loss(day_month(lost_on), value)


def order_cohorts(log: Log, last_month: int) -> dict[tuple[int, int], OrderCohortCell]:
    """(month of the first order, index) → cell, for the months that are over."""
    cells: dict[tuple[int, int], OrderCohortCell] = defaultdict(OrderCohortCell)
    merged: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
    for (customer_id, _), orders in orders_by_customer(log, Rates(log.fx_rates)).items():
        merged[customer_id] += orders
    for orders in merged.values():
        bought = [day for day, eur in orders if eur > 0]
        if not bought or day_month(min(bought)) > last_month:
            continue
        cohort = day_month(min(bought))
        by_month: dict[int, list[Decimal]] = defaultdict(list)
        for day, eur in orders:
            if day >= min(bought):
                by_month[day_month(day)].append(eur)
        base = sum(by_month[cohort], ZERO)
        for month in range(cohort, last_month + 1):
            cell = cells[cohort, month - cohort]
            cell.n0 += 1
            cell.base_eur += base
            cell.n += any(eur > 0 for eur in by_month[month])
            cell.eur += sum(by_month[month], ZERO)
    return dict(cells)
