"""What discounts cost: target against realised price by month of invoice (METRICS 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from simulator.almanac import add_months, day_month, local_day, midnight
from simulator.log import InvoiceLine, Item, Log, Price
from simulator.truth.balances import net_lines, overdue_since, paid_stretches, states_of
from simulator.truth.rates import Rates
from simulator.truth.table import Figure, micro, ratio

ZERO = Decimal(0)
CENT = Decimal("0.01")
_PRICE_REASONS = ("price", "goodwill", "sla")


class Sale(NamedTuple):
    """One line of the gap: sold, credited or given free."""

    month: int
    service: str
    plan: str
    segment: str
    sales_channel: str
    target_eur: Decimal
    realised_eur: Decimal
    kind: str

    @property
    def gap_eur(self) -> Decimal:
        return self.target_eur - self.realised_eur


class PriceList:
    """Target price per unit of a price on a day, at the published tier of a quantity."""

    def __init__(self, rows: list[Price]) -> None:
        self._rows: dict[tuple[str, str], list[Price]] = defaultdict(list)
        for row in rows:
            self._rows[row.price_id, row.currency].append(row)

    def target(
        self, price_id: str | None, currency: str, quantity: Decimal, day: int
    ) -> Decimal | None:
        """None where the list has no such price that day."""
        instant = midnight(day)
        valid = [
            row
            for row in self._rows[price_id or "", currency]
            if (row.valid_from is None or row.valid_from <= instant)
            and (row.valid_to is None or instant < row.valid_to)
            and (row.tier_from_quantity or ZERO) <= max(abs(quantity), Decimal(1))
        ]
        if not valid:
            return None
        row = max(valid, key=lambda row: row.tier_from_quantity or ZERO)
        return row.list_unit_price if row.target_unit_price is None else row.target_unit_price


def cents(amount: Decimal) -> Decimal:
    """Rounded to cents, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


class _Sold(NamedTuple):
    """A line in its own currency, kept for its credits."""

    sale: Sale
    target: Decimal
    net: Decimal


class Sales(NamedTuple):
    """Every sale, and by month the number of lines of staff or without a target."""

    sold: list[Sale]
    without_target: dict[int, int]


def sales(log: Log, as_of: int) -> Sales:
    """Every sale of the log, and by month the lines of staff or without a target."""
    rates = Rates(log.fx_rates)
    prices = PriceList(log.prices)
    customers = {customer.customer_id: customer for customer in log.customers}
    invoices = {invoice.invoice_id: invoice for invoice in log.invoices}
    sold: dict[tuple[str, int], _Sold] = {}
    without: dict[int, int] = defaultdict(int)
    for invoice_id, lines in net_lines(log).items():
        invoice = invoices[invoice_id]
        customer = customers.get(invoice.customer_id)
        if invoice.status in ("draft", "void"):
            continue
        day = invoice.issued_on
        rate = rates.on(invoice.currency, day)
        for line, net in lines:
            unit = prices.target(line.price_id, line.currency, line.quantity, day)
            if unit is None:
                unit = line.list_unit_price
            if unit is None or (customer is not None and customer.is_internal):
                without[day_month(day)] += 1
                continue
            factor = line.proration_factor if line.proration_factor is not None else Decimal(1)
            target = cents(unit * line.quantity * factor)
            segment = (customer.segment if customer else None) or "unknown"
            sale = Sale(
                day_month(day), line.service or "unknown", line.plan or "unknown", segment,
                line.sales_channel or "unknown", micro(target / rate), micro(net / rate), "line",
            )  # fmt: skip
            sold[line.invoice_id, line.line_no] = _Sold(sale, target, net)
    found = [each.sale for each in sold.values()]
    for credit in log.credit_note_lines:
        credited = sold.get((credit.invoice_id or "", credit.invoice_line_no or 0))
        if credited is None:
            continue
        invoice = invoices[credit.invoice_id or ""]
        rate = rates.on(invoice.currency, invoice.issued_on)
        target = ZERO
        if credit.reason not in _PRICE_REASONS and credited.net:
            target = cents(credited.target * credit.net_amount / credited.net)
        found.append(
            credited.sale._replace(
                month=day_month(credit.issued_on),
                target_eur=-micro(target / rate),
                realised_eur=-micro(credit.net_amount / rate),
                kind="credit",
            )
        )
    free = _free_periods(log, as_of, rates, prices)
    return Sales([*found, *free], dict(without))


def _next(day: int, item: Item) -> int:
    months = {"month": 1, "year": 12}.get(item.interval_unit, 0) * item.interval_count
    if months:
        return add_months(day, months)
    return day + {"week": 7, "day": 1}[item.interval_unit] * item.interval_count


def _free_periods(log: Log, as_of: int, rates: Rates, prices: PriceList) -> Iterator[Sale]:
    """Whole periods of paid service, after the first invoice, that no line covers."""
    statuses = {invoice.invoice_id: invoice.status for invoice in log.invoices}
    covered: dict[str, list[InvoiceLine]] = defaultdict(list)
    for line in log.invoice_lines:
        has_service = line.service_from is not None and line.service_to is not None
        if has_service and statuses[line.invoice_id] not in ("draft", "void"):
            covered[line.subscription_id or ""].append(line)
    states, items = states_of(log, as_of), defaultdict(list)
    for item in log.subscription_items:
        items[item.subscription_id].append(item)
    customers = {customer.customer_id: customer for customer in log.customers}
    overdue = overdue_since(log, as_of)
    for subscription in log.subscriptions:
        key = subscription.subscription_id
        customer = customers.get(subscription.customer_id)
        lines = sorted(covered[key], key=lambda line: line.service_from or 0)
        if not lines or (customer is not None and customer.is_internal):
            continue
        stretches, _ = paid_stretches(states[key], subscription, overdue.get(key))
        for since, until in stretches:
            for start, end in _gaps(lines, since, as_of if until is None else min(until, as_of)):
                for item in items[key]:
                    segment = customer.segment if customer else None
                    labels = (subscription.service, segment)
                    yield from _free_sales(item, start, end, rates, prices, labels)


def _gaps(lines: list[InvoiceLine], since: int, until: int) -> Iterator[tuple[int, int]]:
    """What of [since, until) no line covers, from the first line onward."""
    at = max(since, lines[0].service_from or 0)
    for line in lines:
        assert line.service_from is not None
        assert line.service_to is not None
        if line.service_to <= at:
            continue
        if line.service_from > at:
            yield at, min(line.service_from, until)
        at = max(at, line.service_to)
        if at >= until:
            return
    if at < until:
        yield at, until


def _free_sales(
    item: Item,
    start: int,
    end: int,
    rates: Rates,
    prices: PriceList,
    labels: tuple[str | None, str | None],
) -> Iterator[Sale]:
    start = max(start, item.valid_from)
    end = end if item.valid_to is None else min(end, item.valid_to)
    if item.interval_unit == "one_time" or start >= end:
        return
    day = local_day(start)
    while midnight(_next(day, item)) <= end:
        unit = prices.target(item.price_id, item.currency, item.quantity, day)
        if unit is not None:
            target = cents(unit * item.quantity) / rates.on(item.currency, day)
            service, segment = labels
            yield Sale(
                day_month(day), service or "unknown", item.plan or "unknown",
                segment or "unknown", "unknown", micro(target), ZERO, "free_period",
            )  # fmt: skip
        day = _next(day, item)


_DIMENSIONS = ("all", "service", "plan", "segment", "sales_channel")


class _Cell:
    """Sums of one month in one cell."""

    def __init__(self) -> None:
        self.target = self.realised = self.discounts = self.over = ZERO
        self.lines_n = self.discounted_n = 0

    def add(self, sale: Sale) -> None:
        self.target += sale.target_eur
        self.realised += sale.realised_eur
        # A reversed sale takes its discount or its surplus back; it is neither itself.
        is_line = sale.kind != "credit"
        is_reversal = not is_line and sale.target_eur != 0
        if (sale.gap_eur > 0) != is_reversal:
            self.discounts += sale.gap_eur
        else:
            self.over -= sale.gap_eur
        self.lines_n += is_line
        self.discounted_n += is_line and sale.gap_eur > 0

    def figures(self) -> Iterator[tuple[str, Decimal | None]]:
        gap = self.target - self.realised
        yield "discount_gap_eur", gap
        yield "discount_gap_rate", ratio(gap, self.target)
        yield "price_realisation_rate", ratio(self.realised, self.target)
        yield "discount_only_eur", self.discounts
        yield "overprice_eur", self.over
        yield "discounted_line_share", ratio(self.discounted_n, self.lines_n)


def price_totals(found: Sales) -> Iterator[tuple[int, str, str, Decimal]]:
    """(month, discount_type, column of discount_gap, sum over its rows)."""
    cells: dict[int, _Cell] = defaultdict(_Cell)
    free: dict[int, Decimal] = defaultdict(Decimal)
    credits: dict[int, Decimal] = defaultdict(Decimal)
    for sale in found.sold:
        cells[sale.month].add(sale)
        if sale.kind == "free_period":
            free[sale.month] += sale.gap_eur
        elif sale.kind == "credit" and not sale.target_eur:
            credits[sale.month] += sale.gap_eur
    for month, cell in sorted(cells.items()):
        yield month, "total", "target_eur", cell.target
        yield month, "total", "realised_eur", cell.realised
        yield month, "total", "gap_eur", cell.target - cell.realised
        yield month, "total", "discount_only_eur", cell.discounts
        yield month, "total", "overprice_eur", cell.over
        yield month, "total", "lines_without_target_n", Decimal(found.without_target.get(month, 0))
        yield month, "free_period", "gap_eur", free[month]
        yield month, "credit", "gap_eur", credits[month]


def price_figures(found: Sales, last_month: int) -> Iterator[Figure]:
    """Every figure of the gap between target and realised price."""
    cells: dict[tuple[str, str], dict[int, _Cell]] = defaultdict(lambda: defaultdict(_Cell))
    for sale in found.sold:
        for name in _DIMENSIONS:
            value = "all" if name == "all" else getattr(sale, name)
            cells[name, value][sale.month].add(sale)
    if not found.sold:
        return
    first_month = min(sale.month for sale in found.sold)
    for (name, value), months in sorted(cells.items()):
        for month in range(first_month, last_month + 1):
            for metric_id, figure in months[month].figures():
                yield Figure(metric_id, "value", month, name, value, figure)
