"""From list to pocket: the steps by which each line's price falls (METRICS 7.3).

What a line's target and realised price are, and by which month they count, is in price.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import NamedTuple

from simulator.almanac import local_day, midnight
from simulator.log import Invoice, InvoiceLine, Item, Log, Price
from simulator.truth.balances import allocate, line_net
from simulator.truth.rates import Rates
from simulator.truth.table import micro

ZERO = Decimal(0)
CENT = Decimal("0.01")
STEPS = (
    "list", "tier", "price_lag", "negotiated", "line", "invoice", "free_period", "credit",
    "payment_terms", "pocket",
)  # fmt: skip


class Steps(NamedTuple):
    """What comes off a price between list and realised; a part below zero adds to it."""

    tier: Decimal = ZERO
    price_lag: Decimal = ZERO
    negotiated: Decimal = ZERO
    line: Decimal = ZERO
    invoice: Decimal = ZERO
    free_period: Decimal = ZERO
    credit: Decimal = ZERO

    def reversed(self, share: Decimal) -> Steps:
        """The same parts taken back in a proportion."""
        return Steps(*(micro(-part * share) for part in self))


def cents(amount: Decimal) -> Decimal:
    """Rounded to cents, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


class PriceList:
    """Unit prices of a price on a day."""

    def __init__(self, rows: list[Price]) -> None:
        self._rows: dict[tuple[str, str], list[Price]] = defaultdict(list)
        for row in rows:
            self._rows[row.price_id, row.currency].append(row)

    def _tiers(self, price_id: str | None, currency: str, day: int) -> list[Price]:
        instant = midnight(day)
        valid = [
            row
            for row in self._rows[price_id or "", currency]
            if (row.valid_from is None or row.valid_from <= instant)
            and (row.valid_to is None or instant < row.valid_to)
        ]
        return sorted(valid, key=lambda row: row.tier_from_quantity or ZERO)

    def base(self, price_id: str | None, currency: str, day: int) -> Decimal | None:
        """List price of the lowest tier; None where the list has no such price that day."""
        tiers = self._tiers(price_id, currency, day)
        return tiers[0].list_unit_price if tiers else None

    def target(
        self, price_id: str | None, currency: str, quantity: Decimal, day: int
    ) -> Decimal | None:
        """Target at the published tier; None where the list has no such price that day."""
        reached = [
            row
            for row in self._tiers(price_id, currency, day)
            if (row.tier_from_quantity or ZERO) <= max(abs(quantity), Decimal(1))
        ]
        if not reached:
            return None
        row = reached[-1]
        return row.list_unit_price if row.target_unit_price is None else row.target_unit_price


class Contracts:
    """When what a subscription pays for a price was agreed: the start of the unbroken item."""

    def __init__(self, items: list[Item]) -> None:
        versions: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            versions[item.item_id].append(item)
        self._spans: dict[tuple[str, str], list[tuple[int, int | None, int]]] = defaultdict(list)
        for chain in versions.values():
            chain.sort(key=lambda item: item.valid_from)
            agreed, previous_end = 0, None
            for at, item in enumerate(chain):
                follower = chain[at + 1].valid_from if at + 1 < len(chain) else None
                ends = [end for end in (item.valid_to, follower) if end is not None]
                if previous_end != item.valid_from:
                    agreed = item.valid_from
                previous_end = min(ends) if ends else None
                key = (item.subscription_id, item.price_id or "")
                self._spans[key].append((item.valid_from, previous_end, agreed))

    def agreed_on(
        self, subscription_id: str | None, price_id: str | None, instant: int
    ) -> int | None:
        """The day of the oldest contract in force at an instant, None where there is none."""
        agreed = [
            since
            for start, end, since in self._spans[subscription_id or "", price_id or ""]
            if start <= instant and (end is None or instant < end)
        ]
        return local_day(min(agreed)) if agreed else None


def line_steps(
    line: InvoiceLine,
    invoice: Invoice,
    net: Decimal,
    unit: Decimal,
    prices: PriceList,
    contracts: Contracts,
    rate: Decimal,
) -> Steps:
    """The parts of one line, as differences of its price levels in euros."""
    day = invoice.issued_on
    factor = line.proration_factor if line.proration_factor is not None else Decimal(1)
    amount = line.quantity * factor
    base = prices.base(line.price_id, line.currency, day)
    before_coupon = line_net(line)
    sold = before_coupon + (line.line_discount_amount or ZERO)
    if line.line_discount_amount is None:
        sold = cents(line.unit_price * amount)
    target = cents(unit * amount)
    lag = ZERO
    sold_at = line.service_from if line.service_from is not None else midnight(day)
    subscription_id = line.subscription_id or invoice.subscription_id
    agreed = contracts.agreed_on(subscription_id, line.price_id, sold_at)
    if agreed is not None:
        then = prices.target(line.price_id, line.currency, line.quantity, agreed)
        if then is not None:
            lag = max(min(cents((unit - then) * amount), target - sold), ZERO)
    listed = cents((unit if base is None else base) * amount)
    levels = [
        micro(level / rate) for level in (listed, target, target - lag, sold, before_coupon, net)
    ]
    return Steps(*(above - below for above, below in pairwise(levels)))


def payment_terms(
    log: Log, as_of: int, nets: dict[str, list[tuple[InvoiceLine, Decimal]]], rates: Rates
) -> Iterator[tuple[str, int, int, Decimal]]:
    """(invoice, line, day, euros) of what a paid invoice was paid short, after credit notes."""
    paid: dict[str | None, Decimal] = defaultdict(Decimal)
    settled: dict[str | None, int] = {}
    for payment in log.payments:
        at = payment.paid_at
        if payment.status in ("succeeded", "refunded") and at is not None and at <= as_of:
            paid[payment.invoice_id] += payment.amount
            day = local_day(at)
            settled[payment.invoice_id] = max(day, settled.get(payment.invoice_id, day))
    credited: dict[str | None, Decimal] = defaultdict(Decimal)
    for credit in log.credit_note_lines:
        credited[credit.invoice_id] += abs(credit.net_amount)
    for invoice in log.invoices:
        key = invoice.invoice_id
        amounts = [net for _, net in nets[key]]
        short = sum(amounts, ZERO) - credited[key] - paid[key]
        if invoice.status != "paid" or key not in settled or short <= 0:
            continue
        rate = rates.on(invoice.currency, invoice.issued_on)
        for (line, _), share in zip(nets[key], allocate(short, amounts), strict=True):
            yield key, line.line_no, settled[key], micro(share / rate)
