"""What the salespeople write into the CRM: deals won, lost and still open, with their lines.

A won deal tells of a subscription what it was sold for; the figures do not depend on it.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from simulator import company
from simulator.almanac import DAY_S, local_day
from simulator.chance import Chance
from simulator.company import AS_OF, OFFERS, list_price
from simulator.log import Deal, DealLine, Item, Log, Subscription

HOUR_S = 3_600
_LOST_PER_WON = 0.6


def sell(log: Log, seed: int) -> None:
    """Write the deals of the companies: consumers buy without a salesperson."""
    companies = {
        customer.customer_id for customer in log.customers if customer.customer_type == "b2b"
    }
    first_items: dict[str, list[Item]] = defaultdict(list)
    begun: dict[str, int] = {}
    for item in log.subscription_items:
        key = item.subscription_id
        begun[key] = min(item.valid_from, begun.get(key, item.valid_from))
    for item in log.subscription_items:
        if item.valid_from == begun[item.subscription_id]:
            first_items[item.subscription_id].append(item)
    for subscription in log.subscriptions:
        if subscription.customer_id in companies:
            chance = Chance(seed, "deal", subscription.subscription_id)
            _win(log, chance, subscription, first_items[subscription.subscription_id])
            if chance.happens(_LOST_PER_WON):
                _try(log, chance, subscription)


def _win(log: Log, chance: Chance, subscription: Subscription, items: list[Item]) -> None:
    if subscription.started_at >= AS_OF:
        return
    deal_id = f"d-{subscription.subscription_id}"
    closed_at = subscription.started_at - chance.between(0, 20) * DAY_S
    created_at = closed_at - chance.between(2, 90) * DAY_S
    day = local_day(subscription.started_at)
    term = subscription.committed_term_months
    total = Decimal(0)
    lines = []
    for number, item in enumerate(items, 1):
        offer = OFFERS[item.price_id or ""]
        listed = list_price(offer, item.currency, int(item.quantity), day)
        off = Decimal(5) if chance.happens(0.05) else None
        total += item.quantity * item.unit_price - (off or 0)
        lines.append(
            DealLine(
                deal_id, number, offer.service, item.price_id, item.quantity, listed,
                item.unit_price, off, item.currency, item.interval_unit, term,
            )
        )  # fmt: skip
    log.deals.append(
        Deal(
            deal_id, subscription.customer_id, chance.one_of(company.SELLERS), company.SALES_TEAM,
            "voitettu", True, total, subscription.currency, created_at, closed_at, closed_at,
        )
    )  # fmt: skip
    log.deal_lines.extend(lines)


def _try(log: Log, chance: Chance, subscription: Subscription) -> None:
    """Something more was offered to the same customer later, mostly in vain."""
    created_at = subscription.started_at + chance.between(40, 600) * DAY_S + 9 * HOUR_S
    if created_at >= AS_OF:
        return
    closed_at = created_at + chance.between(5, 120) * DAY_S
    is_open = closed_at >= AS_OF
    deal_id = f"d-{subscription.subscription_id}-2"
    offer = OFFERS["vaihde-seat-month"]
    quantity = chance.between(1, 30)
    price = list_price(offer, subscription.currency, quantity, local_day(created_at))
    log.deals.append(
        Deal(
            deal_id, subscription.customer_id, chance.one_of(company.SELLERS), company.SALES_TEAM,
            "tarjottu" if is_open else "hävitty", None if is_open else False, quantity * price,
            subscription.currency, created_at, None if is_open else closed_at,
            created_at if is_open else closed_at,
        )
    )  # fmt: skip
    log.deal_lines.append(
        DealLine(deal_id, 1, offer.service, offer.price_id, Decimal(quantity), price, price, None,
                 subscription.currency, "month", None)
    )  # fmt: skip
