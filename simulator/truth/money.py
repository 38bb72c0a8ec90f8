"""Customers, recurring revenue, churn and cohorts by month (METRICS 4 and 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from simulator.almanac import local_day, local_month, month_start
from simulator.log import Customer, Log
from simulator.truth.balances import Balance, balances, net_lines, paying_from, refunds
from simulator.truth.customers import Customers
from simulator.truth.rates import Rates
from simulator.truth.table import Figure, micro, ratio

ZERO = Decimal(0)
LTM_DAYS = 365


@dataclass
class Account:
    """A customer with the value of each subscription at each closing, in its currency."""

    customer_id: str
    paying_from: int
    closings: list[tuple[Balance, str, dict[int, Decimal]]] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)

    def parts(self, month: int, rates: Rates, rate_month: int) -> list[Decimal]:
        """Euros of each of `closings` at the closing of a month, at the rate of another month."""
        if month < local_month(self.paying_from):
            return [ZERO] * len(self.closings)
        return [
            micro(amount / rates.of_month(balance.subscription.currency, rate_month))
            if (amount := closing.get(month))
            else ZERO
            for balance, _, closing in self.closings
        ]

    def value(self, month: int, rates: Rates, rate_month: int) -> Decimal:
        """Euros at the closing of a month, at the rate of another; 0 before paying."""
        return sum(self.parts(month, rates, rate_month), ZERO)


def accounts(log: Log, as_of: int, last_month: int) -> list[Account]:
    """Customers that ever paid, without the company's own."""
    found = balances(log, as_of)
    since = paying_from(log, as_of, found, net_lines(log))
    by_customer = {
        customer.customer_id: Account(customer.customer_id, since[customer.customer_id])
        for customer in Customers(log.customers)
        if customer.customer_id in since and not customer.is_internal
    }
    for balance in found:
        account = by_customer.get(balance.subscription.customer_id)
        if account is not None:
            account.balances.append(balance)
            account.closings += [
                (balance, plan, closing) for plan, closing in balance.at_closing(last_month).items()
            ]
    return list(by_customer.values())


def last_closed_month(as_of: int) -> int:
    """The last month that is over at as_of."""
    return local_month(as_of) - 1


# dimension → what a customer is counted under
_DIMENSIONS: dict[str, Callable[[Customer], str]] = {
    "all": lambda customer: "all",
    "segment": lambda customer: customer.segment or "unknown",
    "customer_type": lambda customer: customer.customer_type or "unknown",
    "region": lambda customer: customer.region or "unknown",
    "acquisition_source": lambda customer: customer.acquisition_source or "unknown",
}


_OF_PARTS = frozenset(
    ["mrr_eur", "arr_eur", "mrr_new", "mrr_expansion", "mrr_contraction", "mrr_churn",
     "mrr_reactivation", "mrr_fx"]
)  # fmt: skip
_OF_LOST = frozenset(
    ["churned_customers", "churned_mrr_eur", "churn_value_eur", "churn_value_ltm_eur"]
)

# dimension → the metrics that are told by it; None: all
_TOLD: dict[str, frozenset[str] | None] = {
    **dict.fromkeys(_DIMENSIONS),
    "service": _OF_PARTS,
    "plan": _OF_PARTS,
    "branch": _OF_PARTS,
}
_TOLD_OF_LOST = {"churn_type": _OF_LOST, "service": _OF_LOST}


class _Month:
    """Sums of one month in one cell."""

    def __init__(self) -> None:
        self.n: dict[str, int] = defaultdict(int)
        self.eur: dict[str, Decimal] = defaultdict(Decimal)

    def add(self, kind: str, opening: Decimal, closing: Decimal) -> None:
        """One movement of one customer, from the two balances (5.2)."""
        n, eur = self.n, self.eur
        eur["opening"] += opening
        eur["closing"] += closing
        n["opening"] += opening > 0
        n["closing"] += closing > 0
        if opening != closing:
            n["churned" if kind == "churn" else kind] += 1
            eur[kind] += abs(closing - opening)

    def add_part(self, kind: str, opening: Decimal, closing: Decimal, before: Decimal) -> None:
        """A part's signed share of the movement, so that the cell of the part rolls forward."""
        sign = -1 if kind in ("contraction", "churn") else 1
        self.eur["opening"] += opening
        self.eur["closing"] += closing
        self.eur[kind] += sign * (closing - opening)
        self.eur["fx"] += opening - before

    def figures(self) -> Iterator[tuple[str, Decimal | None]]:
        n, eur = self.n, self.eur
        lost = eur["contraction"] + eur["churn"]
        opening, closing = eur["opening"], eur["closing"]
        kept = n["opening"] - n["churned"]
        grr = ratio(opening - lost, opening)
        nrr = ratio(opening + eur["expansion"] - lost, opening)
        yield "customers_opening", Decimal(n["opening"])
        yield "customers_new", Decimal(n["new"])
        yield "customers_reactivated", Decimal(n["reactivation"])
        yield "customers_closing", Decimal(n["closing"])
        yield "customers_expanded", Decimal(n["expansion"])
        yield "customers_contracted", Decimal(n["contraction"])
        yield "churned_customers", Decimal(n["churned"])
        yield "intramonth_churned_customers", Decimal(n["intramonth"])
        yield "churned_mrr_eur", eur["churn"]
        yield "churn_value_eur", 12 * eur["churn"]
        yield "churn_value_ltm_eur", eur["ltm"]
        yield "crr", ratio(kept, n["opening"])
        yield "churn_rate", ratio(n["churned"], n["opening"])
        yield "mrr_eur", closing
        yield "arr_eur", 12 * closing
        for movement in ("new", "expansion", "contraction", "churn", "reactivation", "fx"):
            yield f"mrr_{movement}", eur[movement]
        yield "grr", grr
        yield "nrr", nrr
        yield "gross_mrr_churn_rate", None if grr is None else 1 - grr
        yield "net_mrr_churn_rate", None if nrr is None else 1 - nrr
        yield "arpa_eur", ratio(closing, n["closing"])
        yield "quick_ratio", ratio(eur["new"] + eur["reactivation"] + eur["expansion"], lost)


def _movement(opening: Decimal, closing: Decimal, is_first: bool) -> str:
    """What the customer's net change of a month is called."""
    if not opening:
        return "new" if is_first else "reactivation"
    if not closing:
        return "churn"
    return "contraction" if closing < opening else "expansion"


class Base:
    """The customer base by month, summed into cells by dimension."""

    def __init__(self, log: Log, as_of: int) -> None:
        self.last_month = last_closed_month(as_of)
        self.rates = Rates(log.fx_rates)
        self.customers = Customers(log.customers)
        self.accounts = accounts(log, as_of, self.last_month)
        self.invoiced = _Invoiced(log, self.rates)
        self.cells: dict[tuple[int, str, str], _Month] = defaultdict(_Month)
        # Churn is counted once, under the subscription that ended last.
        self.lost: dict[tuple[int, str, str], _Month] = defaultdict(_Month)
        for account in self.accounts:
            befores = [ZERO] * len(account.closings)
            for month in range(local_month(account.paying_from), self.last_month + 1):
                befores = self._add(account, month, befores)

    def _add(self, account: Account, month: int, befores: list[Decimal]) -> list[Decimal]:
        """Count one customer's month after its closing balances before; returns those of it."""
        openings = account.parts(month - 1, self.rates, month)
        closings = account.parts(month, self.rates, month)
        opening, closing = sum(openings, ZERO), sum(closings, ZERO)
        is_first = local_month(account.paying_from) == month
        # Attributes of the month's opening; of a new customer, when it began to pay (R15).
        described_at = account.paying_from if is_first else month_start(month)
        customer = self.customers.at(account.customer_id, described_at)
        assert customer is not None
        values = [(name, of(customer)) for name, of in _DIMENSIONS.items()]
        if is_first and not closing:
            for name, value in values:
                self.cells[month, name, value].n["intramonth"] += 1
        if not opening and not closing:
            return closings
        loss = ZERO
        if not closing:
            loss = self._lose(account, month, opening)
        kind = _movement(opening, closing, is_first)
        for name, value in values:
            cell = self.cells[month, name, value]
            cell.add(kind, opening, closing)
            cell.eur["fx"] += opening - sum(befores, ZERO)
            cell.eur["ltm"] += loss
        for (balance, plan, _), *parts in zip(
            account.closings, openings, closings, befores, strict=True
        ):
            subscription = balance.subscription
            for name, part in (
                ("service", subscription.service),
                ("plan", plan),
                ("branch", subscription.branch),
            ):
                self.cells[month, name, part or "unknown"].add_part(kind, *parts)
        return closings

    def _lose(self, account: Account, month: int, opening: Decimal) -> Decimal:
        """Count a loss; returns what was invoiced to the customer in the year before it."""
        balance, instant = lost_subscription(account, month, self.rates)
        loss = self.invoiced.before(account.customer_id, instant)
        subscription = balance.subscription
        for name, value in (
            ("churn_type", balance.ends.get(instant, "voluntary")),
            ("service", subscription.service or "unknown"),
        ):
            cell = self.lost[month, name, value]
            cell.add("churn", opening, ZERO)
            cell.eur["ltm"] += loss
        return loss


def money_figures(base: Base) -> Iterator[Figure]:
    """Every figure of the customer base and of recurring revenue."""
    if not base.accounts:
        return
    first_month = min(local_month(account.paying_from) for account in base.accounts)
    for cells, told in ((base.cells, _TOLD), (base.lost, _TOLD_OF_LOST)):
        for name, metric_ids in told.items():
            for value in sorted({value for _, dim, value in cells if dim == name}):
                for month in range(first_month, base.last_month + 1):
                    for metric_id, figure in cells[month, name, value].figures():
                        if metric_ids is None or metric_id in metric_ids:
                            yield Figure(metric_id, "value", month, name, value, figure)


def lost_subscription(account: Account, month: int, rates: Rates) -> tuple[Balance, int]:
    """The subscription of a lost customer that ended last, and when; also one of that month."""
    openings: dict[str, Decimal] = defaultdict(Decimal)
    for balance, _, closing in account.closings:
        openings[balance.subscription.subscription_id] += closing.get(month - 1, ZERO)
    ended = []
    for balance in account.balances:
        subscription = balance.subscription
        ends = [span.until for span in balance.spans if span.until is not None and span.mrr > 0
                and local_month(span.until) == month]  # fmt: skip
        if ends:
            opening = openings[subscription.subscription_id]
            eur = opening / rates.of_month(subscription.currency, month)
            ended.append((-max(ends), -eur, subscription.subscription_id, balance))
    last, _, _, balance = min(ended, key=lambda each: each[:3])
    return balance, -last


class _Invoiced:
    """What was invoiced to each customer, less credits, in euros by day."""

    def __init__(self, log: Log, rates: Rates) -> None:
        self._days: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
        invoices = {invoice.invoice_id: invoice for invoice in log.invoices}
        for invoice_id, lines in net_lines(log).items():
            invoice = invoices[invoice_id]
            if invoice.status in ("draft", "void"):
                continue
            rate = rates.on(invoice.currency, invoice.issued_on)
            for _, net in lines:
                self._days[invoice.customer_id].append((invoice.issued_on, micro(net / rate)))
        for credit in log.credit_note_lines:
            credited = invoices.get(credit.invoice_id or "")
            if credited is not None and credited.status not in ("draft", "void"):
                rate = rates.on(credited.currency, credited.issued_on)
                self._days[credited.customer_id].append(
                    (credit.issued_on, -micro(credit.net_amount / rate))
                )
        for invoice, day, amount in refunds(log):
            rate = rates.on(invoice.currency, invoice.issued_on)
            self._days[invoice.customer_id].append((day, -micro(amount / rate)))

    def entries(self) -> Iterator[tuple[str, int, Decimal]]:
        """(customer, day, euros) of everything invoiced and credited."""
        for customer_id, days in self._days.items():
            for day, eur in days:
                yield customer_id, day, eur

    def before(self, customer_id: str, instant: int) -> Decimal:
        """Net invoiced in the 365 days before a loss."""
        lost_on = local_day(instant)
        return sum(
            (eur for day, eur in self._days[customer_id] if lost_on - LTM_DAYS <= day < lost_on),
            ZERO,
        )


@dataclass
class CohortCell:
    """One cohort at one index, in the euros of its first month."""

    n0: int = 0
    n: int = 0
    base_eur: Decimal = ZERO
    eur: Decimal = ZERO
    capped_eur: Decimal = ZERO


Cohorts = dict[tuple[int, int], CohortCell]


def cohorts(base: Base) -> Cohorts:
    """(cohort month, month index) → cell, for the months that are over (4.7)."""
    last_month, rates = base.last_month, base.rates
    cells: Cohorts = defaultdict(CohortCell)
    for account in base.accounts:
        cohort = local_month(account.paying_from)
        first = account.value(cohort, rates, cohort)
        if not first:
            continue
        for month in range(cohort, last_month + 1):
            value = account.value(month, rates, cohort)
            cell = cells[cohort, month - cohort]
            cell.n0 += 1
            cell.n += value > 0
            cell.base_eur += first
            cell.eur += value
            cell.capped_eur += min(value, first)
    return dict(cells)


def money_totals(base: Base) -> Iterator[tuple[int, str, Decimal]]:
    """(month, column of mrr_movement, sum over its rows); counts have their metrics."""
    for (month, name, _), cell in sorted(base.cells.items()):
        if name != "all":
            continue
        yield month, "opening_mrr_eur", cell.eur["opening"]
        yield month, "closing_mrr_eur", cell.eur["closing"]
        for movement in ("new", "expansion", "contraction", "churn", "reactivation", "fx"):
            yield month, f"{movement}_eur", cell.eur[movement]


MIN_COHORT = 5


def cohort_figures(cells: Cohorts) -> Iterator[Figure]:
    """Retention of each cohort by month index; small cohorts say nothing (R11)."""
    for (cohort, index), cell in sorted(cells.items()):
        shown = cell.n0 >= MIN_COHORT
        for metric_id, value in (
            ("cohort_retention_logo", ratio(cell.n, cell.n0)),
            ("cohort_nrr", ratio(cell.eur, cell.base_eur)),
            ("cohort_grr", ratio(cell.capped_eur, cell.base_eur)),
        ):
            yield Figure(
                metric_id, "value", cohort, "month_index", str(index), value if shown else None
            )
