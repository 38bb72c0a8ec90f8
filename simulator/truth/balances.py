"""What each subscription is worth a month, and since when each customer pays (METRICS 4.0, 5.1)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from simulator.almanac import add_months, local_day, local_month, midnight
from simulator.log import Discount, Invoice, InvoiceLine, Item, Log, Pause, State, Subscription
from simulator.truth.customers import Customers
from simulator.truth.table import micro

ZERO = Decimal(0)
PAID_STATES = ("active", "past_due")
OVERDUE_DAYS = 60


@dataclass(frozen=True)
class Span:
    """What one plan of a subscription is worth a month, in its currency, over [since, until)."""

    since: int
    until: int | None
    mrr: Decimal
    plan: str = "unknown"


@dataclass(frozen=True)
class Balance:
    """A subscription: its spans of value, and how each paid stretch ended."""

    subscription: Subscription
    spans: list[Span]
    # instant → churn type
    ends: dict[int, str]

    def at_closing(self, last_month: int) -> dict[str, dict[int, Decimal]]:
        """Plan → month → value at its closing, for the months in which there is one (R2)."""
        plans: dict[str, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for span in self.spans:
            until = last_month + 1 if span.until is None else local_month(span.until)
            if span.mrr > 0:
                for month in range(local_month(span.since), min(until, last_month + 1)):
                    plans[span.plan][month] += span.mrr
        return plans


def monthly(item: Item, amount: Decimal) -> Decimal:
    """An amount per billing interval as an amount per month."""
    count = item.interval_count
    if item.interval_unit == "month":
        return micro(amount / count)
    if item.interval_unit == "year":
        return micro(amount / (12 * count))
    days_or_weeks = {"week": 52, "day": 365}[item.interval_unit]
    return micro(amount * days_or_weeks / 12 / count)


def is_permanent(discount: Discount, committed_months: int | None) -> bool:
    """For ever, or at least as long as the customer is bound."""
    if discount.duration == "forever":
        return True
    if committed_months is None or discount.starts_at is None or discount.ends_at is None:
        return False
    bound_until = midnight(add_months(local_day(discount.starts_at), committed_months))
    return discount.ends_at >= bound_until


def _worth(item: Item, discounts: list[Discount]) -> Decimal:
    if item.is_metered or item.interval_unit == "one_time":
        return ZERO
    amount = item.quantity * item.unit_price * (1 - (item.permanent_discount_rate or ZERO))
    amount -= item.permanent_discount_amount or ZERO
    for discount in discounts:
        value = discount.value or ZERO
        amount -= micro(amount * value / 100) if discount.kind == "percent" else value
    return monthly(item, max(amount, ZERO))


def _overlap(
    since: int, until: int | None, other_since: int, other_until: int | None
) -> tuple[int, int | None] | None:
    start = max(since, other_since)
    ends = [end for end in (until, other_until) if end is not None]
    end = min(ends) if ends else None
    return (start, end) if end is None or start < end else None


def _item_spans(
    item: Item, paid: list[tuple[int, int | None]], discounts: list[Discount]
) -> list[Span]:
    spans = []
    for since, until in paid:
        both = _overlap(since, until, item.valid_from, item.valid_to)
        if both is None:
            continue
        start, end = both
        edges = {
            edge
            for discount in discounts
            for edge in (discount.starts_at, discount.ends_at)
            if edge is not None and edge > start and (end is None or edge < end)
        }
        starts = [start, *sorted(edges)]
        for left, right in zip(starts, [*starts[1:], end], strict=True):
            running = [
                discount
                for discount in discounts
                if (discount.starts_at is None or discount.starts_at <= left)
                and (discount.ends_at is None or left < discount.ends_at)
            ]
            worth = _worth(item, running)
            spans.append(Span(left, right, worth, item.plan or "unknown"))
    return spans


def paid_stretches(
    states: list[State],
    subscription: Subscription,
    overdue_at: int | None,
    deleted_at: int | None,
) -> tuple[list[tuple[int, int | None]], dict[int, str]]:
    """Uninterrupted paid service, and the churn type at the end of each stretch."""
    stretches: list[tuple[int, int | None]] = []
    ends: dict[int, str] = {}
    for state in sorted(states, key=lambda state: state.valid_from):
        if state.status in PAID_STATES:
            if stretches and stretches[-1][1] == state.valid_from:
                stretches[-1] = (stretches[-1][0], state.valid_to)
            else:
                stretches.append((state.valid_from, state.valid_to))
        elif stretches and stretches[-1][1] == state.valid_from:
            ends[state.valid_from] = _churn_type(state.status, subscription)
    for cut_at, churn_type in (
        (overdue_at, "involuntary"),
        (deleted_at, subscription.end_reason or "voluntary"),
    ):
        if cut_at is not None:
            stretches = _cut(stretches, ends, cut_at, churn_type)
    return stretches, ends


def _cut(
    stretches: list[tuple[int, int | None]], ends: dict[int, str], cut_at: int, churn_type: str
) -> list[tuple[int, int | None]]:
    """The stretches up to an instant at which everything is over."""
    cut = [(since, until) for since, until in stretches if since < cut_at]
    if cut and (cut[-1][1] is None or cut[-1][1] > cut_at):
        cut[-1] = (cut[-1][0], cut_at)
        ends[cut_at] = churn_type
    return cut


def deletions(log: Log) -> dict[str, int]:
    """Subscription → when it, or its customer, was deleted."""
    customers = Customers(log.customers)
    found: dict[str, int] = {}
    for row in log.subscriptions:
        own = row.updated_at if row.is_deleted else None
        instants = [at for at in (own, customers.deleted_at(row.customer_id)) if at is not None]
        if instants:
            found[row.subscription_id] = min(instants)
    return found


def _churn_type(status: str, subscription: Subscription) -> str:
    if status == "paused":
        return "pause"
    if status == "free":
        return "downgrade_to_free"
    if status == "unpaid":
        return "involuntary"
    return subscription.end_reason or "voluntary"


def states_of(log: Log, as_of: int) -> dict[str, list[State]]:
    """Subscription → its states known at as_of: delivered, else told by its own columns."""
    states = defaultdict(list)
    for state in log.subscription_states:
        if state.valid_from <= as_of:
            states[state.subscription_id].append(state)
    pauses = defaultdict(list)
    for pause in log.subscription_pauses:
        pauses[pause.subscription_id].append(pause)
    for subscription in log.subscriptions:
        key = subscription.subscription_id
        if key not in states:
            states[key] = list(_told_states(subscription, pauses[key], as_of))
            continue
        # States decide; only a last one that is left open ends with its subscription.
        states[key].sort(key=lambda state: state.valid_from)
        last, ends = states[key][-1], subscription.ended_at
        if last.valid_to is None and ends is not None and ends > last.valid_from:
            states[key][-1] = last._replace(valid_to=ends)
    return states


def _told_states(subscription: Subscription, pauses: list[Pause], as_of: int) -> Iterator[State]:
    """States as CONTRACT.md reads them from a subscription without a history."""
    key, status = subscription.subscription_id, subscription.status
    known_at = subscription.updated_at if subscription.updated_at is not None else as_of
    until = subscription.ended_at
    if until is None and status == "canceled":
        until = known_at
    at = subscription.started_at
    if subscription.trial_start_at is not None:
        trial_end = until if subscription.trial_end_at is None else subscription.trial_end_at
        yield State(key, "trialing", subscription.trial_start_at, trial_end)
        if trial_end is None:
            return
        at = trial_end
    for pause in sorted(pauses, key=lambda pause: pause.paused_from):
        yield State(key, "active", at, pause.paused_from)
        yield State(key, "paused", pause.paused_from, pause.paused_to)
        if pause.paused_to is None:
            return
        at = pause.paused_to
    if status in ("unpaid", "paused", "free", "incomplete") and until is None:
        yield State(key, "active", at, known_at)
        yield State(key, status, known_at)
    elif until is None or at < until:
        yield State(key, "active", at, until)
        if until is not None:
            yield State(key, "canceled", until)


def balances(log: Log, as_of: int) -> list[Balance]:
    """Every subscription of the log."""
    items = defaultdict(list)
    for item in log.subscription_items:
        items[item.subscription_id].append(item)
    states = states_of(log, as_of)
    discounts = defaultdict(list)
    for discount in log.discounts:
        if discount.scope in ("subscription", "item"):
            discounts[discount.scope_id].append(discount)
    overdue, deleted = overdue_since(log, as_of), deletions(log)
    found = []
    for subscription in log.subscriptions:
        key = subscription.subscription_id
        paid, ends = paid_stretches(states[key], subscription, overdue.get(key), deleted.get(key))
        spans = []
        for item in items[key]:
            permanent = [
                discount
                for discount in discounts[key] + discounts[item.item_id]
                if is_permanent(discount, subscription.committed_term_months)
            ]
            spans += _item_spans(item, paid, permanent)
        found.append(Balance(subscription, spans, ends))
    return found


def overdue_since(log: Log, as_of: int) -> dict[str | None, int]:
    """Subscription → the instant at which its oldest unpaid invoice had been due for 60 days."""
    since: dict[str | None, int] = {}
    for invoice in log.invoices:
        if invoice.status == "open" and is_overdue(invoice, as_of):
            key = invoice.subscription_id
            instant = midnight((invoice.due_on or invoice.issued_on) + OVERDUE_DAYS)
            since[key] = min(instant, since.get(key, instant))
    return since


def is_overdue(invoice: Invoice, as_of: int) -> bool:
    """Whether an open invoice has been due for so long that it counts as never paid."""
    return midnight((invoice.due_on or invoice.issued_on) + OVERDUE_DAYS) <= as_of


def line_net(line: InvoiceLine) -> Decimal:
    """Net of a line after its own discounts, before the invoice's."""
    if line.net_amount is not None:
        return line.net_amount
    factor = line.proration_factor if line.proration_factor is not None else 1
    return line.quantity * line.unit_price * factor - (line.line_discount_amount or ZERO)


def allocate(off: Decimal, nets: list[Decimal]) -> list[Decimal]:
    """An invoice discount over its lines in cents: largest remainder, ties to the first line."""
    total = sum(nets, ZERO)
    if not off or not total:
        return [ZERO] * len(nets)
    # Fractions, because equal remainders have to be seen as equal.
    wanted = [Fraction(off) * 100 * Fraction(net) / Fraction(total) for net in nets]
    shares = [math.floor(share) for share in wanted]
    left = int(off * 100) - sum(shares)
    by_remainder = sorted(range(len(nets)), key=lambda at: (shares[at] - wanted[at], at))
    for at in by_remainder[:left]:
        shares[at] += 1
    return [Decimal(share) / 100 for share in shares]


def net_lines(log: Log) -> dict[str, list[tuple[InvoiceLine, Decimal]]]:
    """Invoice → its lines in order, each with its net after every discount of the invoice."""
    by_invoice = defaultdict(list)
    for line in log.invoice_lines:
        by_invoice[line.invoice_id].append(line)
    found = {}
    for invoice in log.invoices:
        lines = sorted(by_invoice[invoice.invoice_id], key=lambda line: line.line_no)
        nets = [line_net(line) for line in lines]
        shares = allocate(invoice.invoice_discount_amount or ZERO, nets)
        found[invoice.invoice_id] = [
            (line, net - share) for line, net, share in zip(lines, nets, shares, strict=True)
        ]
    return found


def refunds(log: Log) -> Iterator[tuple[Invoice, int, Decimal]]:
    """(invoice, day, amount) of what was paid back without a credit note (7.1)."""
    credited = {credit.invoice_id for credit in log.credit_note_lines}
    invoices = {invoice.invoice_id: invoice for invoice in log.invoices}
    for payment in log.payments:
        invoice = invoices.get(payment.invoice_id or "")
        if payment.status != "refunded" or invoice is None or invoice.invoice_id in credited:
            continue
        if invoice.status not in ("draft", "void"):
            day = invoice.issued_on if payment.paid_at is None else local_day(payment.paid_at)
            yield invoice, day, payment.amount


def paying_from(
    log: Log,
    as_of: int,
    found: list[Balance],
    nets: dict[str, list[tuple[InvoiceLine, Decimal]]],
) -> dict[str, int]:
    """Customer → the instant since which they are a paying customer."""
    since = _since_first_invoice(log, as_of, nets)
    for customer_id, first in _since_before_invoices(log, found):
        since[customer_id] = min(first, since.get(customer_id, first))
    return since


def _since_first_invoice(
    log: Log, as_of: int, nets: dict[str, list[tuple[InvoiceLine, Decimal]]]
) -> dict[str, int]:
    """Customer → start of the service of the first invoice that counts."""
    credited: dict[str | None, Decimal] = defaultdict(Decimal)
    for credit in log.credit_note_lines:
        credited[credit.invoice_id] += credit.net_amount
    since: dict[str, int] = {}
    for invoice in sorted(log.invoices, key=lambda invoice: invoice.issued_on):
        if invoice.customer_id in since or not _counts(invoice, as_of):
            continue
        lines = nets[invoice.invoice_id]
        recurring = [(line, net) for line, net in lines if line.is_recurring is not False]
        total = sum((net for _, net in lines), ZERO)
        if sum((net for _, net in recurring), ZERO) <= 0:
            continue
        if credited[invoice.invoice_id] >= total:
            continue
        starts = [line.service_from for line, _ in recurring if line.service_from is not None]
        since[invoice.customer_id] = min(starts, default=midnight(invoice.issued_on))
    return since


def _counts(invoice: Invoice, as_of: int) -> bool:
    if invoice.status == "open":
        return not is_overdue(invoice, as_of)
    return invoice.status == "paid"


def _since_before_invoices(log: Log, found: list[Balance]) -> Iterator[tuple[str, int]]:
    """Customers that were there before the source's first invoice: since their first value."""
    issued = [invoice.issued_on for invoice in log.invoices]
    first_invoice = midnight(min(issued)) if issued else None
    for balance in found:
        subscription = balance.subscription
        starts = [span.since for span in balance.spans if span.mrr > 0]
        if starts and (first_invoice is None or subscription.started_at < first_invoice):
            yield subscription.customer_id, min(starts)
