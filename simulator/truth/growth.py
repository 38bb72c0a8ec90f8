"""Revenue against the year before, its steadiness, and who buys again (METRICS 5.7 to 5.10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from simulator.almanac import day_month, first_day, local_day, local_month, month_start
from simulator.log import Log
from simulator.truth.customers import Customers
from simulator.truth.money import Base
from simulator.truth.referral import Identities, converted_invitees, cuts_of, first_sales
from simulator.truth.table import Figure, micro, ratio

ZERO = Decimal(0)
Revenue = dict[str, dict[int, Decimal]]


def referred_customers(log: Log, as_of: int) -> set[str]:
    """Customers whom somebody else recommended."""
    identities = Identities(log)
    by_record = {
        row.customer_id
        for row in Customers(log.customers)
        if (row.referred_by_customer_id or row.referral_program
            or row.acquisition_source == "referral")
        and not identities.are_one(row.referred_by_customer_id, row.customer_id)
    }  # fmt: skip
    return by_record | first_sales(log, as_of) | converted_invitees(log, as_of)


def revenue_by_customer(log: Log, base: Base, as_of: int) -> Revenue:
    """Customer → month → net revenue: invoiced, or ordered without a contract."""
    shops = {row.service for row in log.services if row.churn_model == "noncontractual"}
    found: Revenue = defaultdict(lambda: defaultdict(Decimal))
    for customer_id, day, eur in base.invoiced.entries():
        if not base.customers.is_internal(customer_id) and day <= local_day(as_of):
            found[customer_id][day_month(day)] += eur
    for order in log.orders:
        buyer = order.customer_id
        if order.service not in shops or order.ordered_at > as_of or buyer is None:
            continue
        if not base.customers.is_internal(buyer):
            rate = base.rates.on(order.currency, local_day(order.ordered_at))
            found[buyer][local_month(order.ordered_at)] += micro(order.net_amount / rate)
    return found


def growth_figures(log: Log, base: Base, as_of: int) -> Iterator[Figure]:
    """Every figure of growth."""
    revenue = revenue_by_customer(log, base, as_of)
    if not revenue:
        return
    referred = referred_customers(log, as_of)
    first = min(min(months) for months in revenue.values())
    runs = {
        customer_id: _Run(months, first - 24, base.last_month)
        for customer_id, months in revenue.items()
    }
    cuts = {
        customer_id: (("all", "all"), *cuts_of(base.customers.at(customer_id, as_of)))
        for customer_id in runs
    }
    for grain, width in (("month", 1), ("rolling_12m", 12)):
        for last in range(first, base.last_month + 1):
            sources: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(
                lambda: defaultdict(Decimal)
            )
            for customer_id, run in runs.items():
                now, is_now = run.over(last, width)
                before, was_before = run.over(last - 12, width)
                source = _source(is_now, was_before, customer_id in referred)
                for cut in cuts[customer_id]:
                    sources[cut][source] += now - before
                    sources[cut]["last_year"] += before
            for (name, value), eur in sources.items():
                yield from _growth(grain, last - width + 1, name, value, eur)


class _Run:
    """A customer's revenue, added up month after month, so that any stretch is one subtraction."""

    def __init__(self, months: Mapping[int, Decimal], first: int, last: int) -> None:
        self._before = first - 1
        self._sums, self._ns = [ZERO], [0]
        for month in range(first, last + 1):
            eur = months.get(month, ZERO)
            self._sums.append(self._sums[-1] + eur)
            self._ns.append(self._ns[-1] + (eur != 0))

    def over(self, last: int, width: int) -> tuple[Decimal, bool]:
        """The sum of so many months up to the last, and whether anything was in them."""
        end = last - self._before
        start = end - width
        return self._sums[end] - self._sums[start], self._ns[end] > self._ns[start]


def _source(is_now: bool, was_before: bool, is_referred: bool) -> str:
    if was_before:
        return "existing" if is_now else "lost"
    return "referred_new" if is_referred else "other_new"


def _growth(
    grain: str, start: int, name: str, value: str, eur: dict[str, Decimal]
) -> Iterator[Figure]:
    components = ("existing", "lost", "referred_new", "other_new")
    total = sum((eur[component] for component in components), ZERO)
    yield Figure("growth_decomposition_eur", "value", start, name, value, total, grain)
    if name == "all":
        for component in components:
            yield Figure("growth_decomposition_eur", "value", start, "component", component,
                         eur[component], grain)  # fmt: skip
    if grain == "rolling_12m":
        earned = eur["existing"] + eur["lost"] + eur["referred_new"]
        yield Figure("earned_growth_rate", "value", start, name, value,
                     ratio(earned, eur["last_year"]), grain)  # fmt: skip


def volatility_figures(log: Log, base: Base, as_of: int) -> Iterator[Figure]:
    """How unsteady the company's revenue is, guests' orders included."""
    months: dict[int, Decimal] = defaultdict(Decimal)
    for by_month in revenue_by_customer(log, base, as_of).values():
        for month, eur in by_month.items():
            months[month] += eur
    shops = {row.service for row in log.services if row.churn_model == "noncontractual"}
    for order in log.orders:
        if order.customer_id is None and order.service in shops and order.ordered_at <= as_of:
            rate = base.rates.on(order.currency, local_day(order.ordered_at))
            months[local_month(order.ordered_at)] += micro(order.net_amount / rate)
    if not months:
        return
    first = min(months)
    for last in range(first, base.last_month + 1):
        values = [months[month] for month in range(max(first, last - 11), last + 1)]
        mean = sum(values, ZERO) / len(values)
        figure = None
        if len(values) > 1 and mean > 0:
            variance = sum(((value - mean) ** 2 for value in values), ZERO) / len(values)
            figure = variance.sqrt() / mean
        yield Figure("revenue_volatility", "value", last - 11, "all", "all", figure, "rolling_12m")


def repeat_figures(log: Log, base: Base, as_of: int) -> Iterator[Figure]:
    """Who ordered more than once in the 365 days up to each month's end."""
    shops = {row.service for row in log.services if row.churn_model == "noncontractual"}
    days: dict[str, list[int]] = defaultdict(list)
    for order in log.orders:
        if order.customer_id is None or order.service not in shops or order.net_amount <= 0:
            continue
        if order.ordered_at <= as_of and not base.customers.is_internal(order.customer_id):
            days[order.customer_id].append(local_day(order.ordered_at))
    if not days:
        return
    for last in range(day_month(min(map(min, days.values()))), base.last_month + 1):
        end = first_day(last + 1)
        cells: dict[tuple[str, str], list[int]] = defaultdict(list)
        for customer_id, bought in days.items():
            orders = sum(end - 365 <= day < end for day in bought)
            if orders:
                customer = base.customers.at(customer_id, month_start(last + 1))
                for cut in (("all", "all"), *cuts_of(customer)):
                    cells[cut].append(orders)
        for (name, value), counts in cells.items():
            share = ratio(sum(count >= 2 for count in counts), len(counts))
            yield Figure("repeat_purchase_rate", "value", last - 11, name, value, share,
                         "rolling_12m")  # fmt: skip
