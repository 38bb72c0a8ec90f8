"""What discounts cost: target against realised price by month of invoice (METRICS 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from simulator.almanac import add_months, day_month, local_day, midnight
from simulator.log import CreditNoteLine, InvoiceLine, Item, Log
from simulator.truth.balances import (
    allocate,
    deletions,
    net_lines,
    overdue_since,
    paid_stretches,
    refunds,
    states_of,
)
from simulator.truth.customers import Customers
from simulator.truth.price_steps import (
    STEPS,
    Contracts,
    PriceList,
    Steps,
    cents,
    line_steps,
    payment_terms,
)
from simulator.truth.rates import Rates
from simulator.truth.table import Figure, micro, ratio

ZERO = Decimal(0)
_PRICE_REASONS = ("price", "goodwill", "sla")


class Sale(NamedTuple):
    """One line of the gap: sold, credited, given free, or paid short."""

    month: int
    service: str
    plan: str
    segment: str
    sales_channel: str
    target_eur: Decimal
    realised_eur: Decimal
    kind: str
    steps: Steps = Steps()
    payment_terms_eur: Decimal = ZERO

    @property
    def gap_eur(self) -> Decimal:
        return self.target_eur - self.realised_eur


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
    contracts = Contracts(log.subscription_items)
    nets = net_lines(log)
    customers = Customers(log.customers)
    invoices = {invoice.invoice_id: invoice for invoice in log.invoices}
    sold: dict[tuple[str, int], _Sold] = {}
    without: dict[int, int] = defaultdict(int)
    for invoice_id, lines in nets.items():
        invoice = invoices[invoice_id]
        segment = _segment(customers, invoice.customer_id, invoice.issued_on)
        if invoice.status in ("draft", "void"):
            continue
        day = invoice.issued_on
        rate = rates.on(invoice.currency, day)
        for line, net in lines:
            unit = prices.target(line.price_id, line.currency, line.quantity, day)
            if unit is None:
                unit = line.list_unit_price
            if unit is None or customers.is_internal(invoice.customer_id):
                without[day_month(day)] += 1
                continue
            factor = line.proration_factor if line.proration_factor is not None else Decimal(1)
            target = cents(unit * line.quantity * factor)
            steps = line_steps(line, invoice, net, unit, prices, contracts, rate)
            sale = Sale(
                day_month(day), line.service or "unknown", line.plan or "unknown", segment,
                line.sales_channel or "unknown", micro(target / rate), micro(net / rate), "line",
                steps,
            )  # fmt: skip
            sold[line.invoice_id, line.line_no] = _Sold(sale, target, net)
    found = [each.sale for each in sold.values()]
    found += _credits(log, sold, rates)
    for invoice_id, line_no, day, amount in payment_terms(log, as_of, nets, rates):
        if terms_of := sold.get((invoice_id, line_no)):
            found.append(
                terms_of.sale._replace(
                    month=day_month(day), target_eur=ZERO, realised_eur=ZERO,
                    kind="payment_terms", steps=Steps(), payment_terms_eur=amount,
                )
            )  # fmt: skip
    free = _free_periods(log, as_of, rates, prices)
    return Sales([*found, *free], dict(without))


def _segment(customers: Customers, customer_id: str, day: int) -> str:
    """The customer's segment when the day of a document began (R15)."""
    customer = customers.at(customer_id, midnight(day))
    return (customer.segment if customer else None) or "unknown"


def _refunds(log: Log) -> Iterator[CreditNoteLine]:
    """Refunds without a credit note, as the goodwill credits that they are, line by line."""
    nets = net_lines(log)
    for invoice, day, amount in refunds(log):
        lines = nets[invoice.invoice_id]
        shares = allocate(amount, [net for _, net in lines])
        for (line, _), share in zip(lines, shares, strict=True):
            yield CreditNoteLine(
                "", 0, day, "goodwill", share, invoice.currency, line.invoice_id, line.line_no
            )


def _credits(log: Log, sold: dict[tuple[str, int], _Sold], rates: Rates) -> Iterator[Sale]:
    """What is credited or paid back, each in its own month at the rate of its invoice."""
    invoices = {invoice.invoice_id: invoice for invoice in log.invoices}
    customers = Customers(log.customers)
    for credit in [*log.credit_note_lines, *_refunds(log)]:
        credited = sold.get((credit.invoice_id or "", credit.invoice_line_no or 0))
        if credited is None:
            continue
        invoice = invoices[credit.invoice_id or ""]
        rate = rates.on(invoice.currency, invoice.issued_on)
        target, steps = ZERO, Steps(credit=micro(credit.net_amount / rate))
        if credit.reason not in _PRICE_REASONS and credited.net:
            share = credit.net_amount / credited.net
            target = credited.target * share
            steps = credited.sale.steps.reversed(share)
        yield credited.sale._replace(
            month=day_month(credit.issued_on),
            segment=_segment(customers, invoice.customer_id, credit.issued_on),
            target_eur=-micro(target / rate),
            realised_eur=-micro(credit.net_amount / rate),
            kind="credit",
            steps=steps,
        )


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
        if has_service and line.is_recurring is not False and _counts(statuses[line.invoice_id]):
            covered[line.subscription_id or ""].append(line)
    states, items = states_of(log, as_of), defaultdict(list)
    for item in log.subscription_items:
        items[item.subscription_id].append(item)
    customers = Customers(log.customers)
    overdue, deleted = overdue_since(log, as_of), deletions(log)
    for subscription in log.subscriptions:
        key = subscription.subscription_id
        lines = sorted(covered[key], key=lambda line: line.service_from or 0)
        if not lines or customers.is_internal(subscription.customer_id):
            continue
        stretches, _ = paid_stretches(states[key], subscription, overdue.get(key), deleted.get(key))
        for since, until in stretches:
            for start, end in _gaps(lines, since, as_of if until is None else min(until, as_of)):
                for item in items[key]:
                    for day, sale in _free_sales(item, start, end, rates, prices):
                        yield sale._replace(
                            service=subscription.service or "unknown",
                            segment=_segment(customers, subscription.customer_id, day),
                        )


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


def _counts(status: str) -> bool:
    return status not in ("draft", "void")


def _free_sales(
    item: Item, start: int, end: int, rates: Rates, prices: PriceList
) -> Iterator[tuple[int, Sale]]:
    """Each whole interval with the day on which it begins; usage is never given by the month."""
    start = max(start, item.valid_from)
    end = end if item.valid_to is None else min(end, item.valid_to)
    if item.interval_unit == "one_time" or item.is_metered or start >= end:
        return
    day = local_day(start)
    while midnight(_next(day, item)) <= end:
        unit = prices.target(item.price_id, item.currency, item.quantity, day)
        if unit is not None:
            rate = rates.on(item.currency, day)
            target = micro(cents(unit * item.quantity) / rate)
            base = prices.base(item.price_id, item.currency, day)
            listed = micro(cents((base or unit) * item.quantity) / rate)
            yield day, Sale(
                day_month(day), "unknown", item.plan or "unknown", "unknown", "unknown", target,
                ZERO, "free_period", Steps(tier=listed - target, free_period=target),
            )  # fmt: skip
        day = _next(day, item)


_DIMENSIONS = ("all", "service", "plan", "segment", "sales_channel")


class _Cell:
    """Sums of one month in one cell."""

    def __init__(self) -> None:
        self.target = self.realised = self.discounts = self.over = ZERO
        self.lines_n = self.discounted_n = 0
        self.payment_terms = ZERO
        self.steps = Steps()

    def add(self, sale: Sale) -> None:
        self.target += sale.target_eur
        self.realised += sale.realised_eur
        self.payment_terms += sale.payment_terms_eur
        self.steps = Steps(*map(Decimal.__add__, self.steps, sale.steps))
        if sale.kind == "payment_terms":
            return
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
        yield "pocket_gap_eur", gap + self.payment_terms
        yield "discounted_line_share", ratio(self.discounted_n, self.lines_n)

    def waterfall(self) -> Iterator[tuple[str, Decimal]]:
        """Each step and what it takes off; list and pocket are prices."""
        amounts = self.steps._asdict() | {
            "list": self.target + self.steps.tier,
            "payment_terms": self.payment_terms,
            "pocket": self.realised - self.payment_terms,
        }
        for step in STEPS:
            yield step, amounts[step]


def price_totals(found: Sales) -> Iterator[tuple[int, str, str, Decimal]]:
    """(month, discount_type, column of discount_gap, sum over its rows)."""
    cells: dict[int, _Cell] = defaultdict(_Cell)
    for sale in found.sold:
        cells[sale.month].add(sale)
    for month, cell in sorted(cells.items()):
        yield month, "total", "target_eur", cell.target
        yield month, "total", "realised_eur", cell.realised
        yield month, "total", "gap_eur", cell.target - cell.realised
        yield month, "total", "discount_only_eur", cell.discounts
        yield month, "total", "overprice_eur", cell.over
        yield month, "total", "lines_without_target_n", Decimal(found.without_target.get(month, 0))
        for kind, amount in cell.steps._asdict().items():
            if kind != "tier":
                yield month, kind, "gap_eur", amount


def waterfall_totals(found: Sales) -> Iterator[tuple[int, str, Decimal]]:
    """(month, step, sum of amount_eur over the rows of price_waterfall)."""
    cells: dict[int, _Cell] = defaultdict(_Cell)
    for sale in found.sold:
        cells[sale.month].add(sale)
    for month, cell in sorted(cells.items()):
        for step, amount in cell.waterfall():
            yield month, step, amount


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
            if name == "all":
                for step, amount in months[month].waterfall():
                    yield Figure("price_waterfall", "value", month, "step", step, amount)
